package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.junit.Rule;
import org.junit.Test;

/** An idle connection lives on because both sides send signs of life. */
public class KeepAliveTest {
    private static final int PERIOD_MS = 2000;

    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void idleConnectionOutlivesTheInactivityPeriod() throws Exception {
        ActiveMQConnection connection = jms.connect(
                "wireFormat.maxInactivityDuration=" + PERIOD_MS,
                "wireFormat.maxInactivityDurationInitalDelay=" + PERIOD_MS);
        List<JMSException> failures = new CopyOnWriteArrayList<>();
        connection.setExceptionListener(failures::add);
        MessageConsumer consumer = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE)
                .createConsumer(jms.queue());

        assertNull(consumer.receive(4 * PERIOD_MS));

        jms.send(jms.queue(), "a");
        assertEquals("a", JmsFixture.receiveText(consumer));
        assertEquals(List.of(), failures);
    }
}
