package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import javax.jms.InvalidClientIDException;
import javax.jms.JMSException;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.junit.Rule;
import org.junit.Test;

/** A client id belongs to one connection at a time. */
public class ClientIdTest {
    private static final String ID = "the client";

    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void secondConnectionIsRefused() throws Exception {
        ActiveMQConnection first = start();
        assertThrows(InvalidClientIDException.class, this::start);
        jms.sessionOn(first, Session.AUTO_ACKNOWLEDGE).createConsumer(jms.queue());
    }

    @Test
    public void freeAgainAfterClose() throws Exception {
        start().close();
        assertEquals(ID, start().getClientID());
    }

    @Test
    public void freeAgainAfterTheSocketWasLost() throws Exception {
        jms.cutOff(start());
        assertEquals(ID, start().getClientID());
    }

    private ActiveMQConnection start() throws JMSException {
        ActiveMQConnection connection = jms.open();
        connection.setClientID(ID);
        connection.start();
        return connection;
    }
}
