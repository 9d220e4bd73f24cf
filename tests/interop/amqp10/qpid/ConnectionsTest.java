package interop.qpid;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import jakarta.jms.InvalidClientIDRuntimeException;
import jakarta.jms.JMSContext;
import jakarta.jms.Queue;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.Test;

public class ConnectionsTest extends QpidFixture {
    @Test
    public void clientIdsAreUnique() {
        String id = unique("client");
        client(id).start();
        assertThrows(InvalidClientIDRuntimeException.class, () -> client(id).start());
    }

    @Test
    public void logins() throws Exception {
        JmsConnectionFactory factory = new JmsConnectionFactory("user", "peer-secret", url());
        try (JMSContext context = factory.createContext()) {
            context.start();
        }
    }

    @Test
    public void manySessions() throws Exception {
        JMSContext context = context();
        Queue queue = context.createQueue(unique("queue"));
        for (int i = 0; i < 50; i++) {
            try (JMSContext session = context.createContext(AUTO)) {
                session.createProducer().send(queue, "m" + i);
                assertEquals("m" + i, text(session.createConsumer(queue)));
            }
        }
    }
}
