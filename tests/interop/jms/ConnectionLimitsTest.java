package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.junit.Rule;
import org.junit.Test;

/** A connector that allows each connection two producers and two consumers. */
public class ConnectionLimitsTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void oneConsumerTooManyIsRefusedAndTheOthersGoOn() throws Exception {
        ActiveMQConnection connection = jms.connect();
        Session session = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        Queue queue = jms.queue();
        MessageConsumer first = session.createConsumer(queue);
        MessageConsumer second = session.createConsumer(queue);
        assertThrows(JMSException.class, () -> session.createConsumer(queue));
        second.close();
        MessageConsumer third = session.createConsumer(queue);
        third.close();
        jms.send(queue, "a");
        assertEquals("a", JmsFixture.receiveText(first));
        // Another connection has its own.
        jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(queue).close();
    }

    @Test
    public void oneProducerTooManyIsRefusedAndTheOthersGoOn() throws Exception {
        ActiveMQConnection connection = jms.connect();
        Session session = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        Queue queue = jms.queue();
        MessageProducer first = session.createProducer(queue);
        MessageProducer second = session.createProducer(queue);
        assertThrows(JMSException.class, () -> session.createProducer(queue));
        second.close();
        session.createProducer(queue).close();
        first.send(session.createTextMessage("a"));
        assertEquals("a", JmsFixture.receiveText(session.createConsumer(queue)));
    }
}
