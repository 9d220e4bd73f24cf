package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.junit.Rule;
import org.junit.Test;

/**
 * A connector that allows each connection two producers and two consumers, and a user who may have
 * two sessions and one queue.
 */
public class ConnectionLimitsTest {
    private static final String FEW = "jms.userName=few&jms.password=x";

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

    @Test
    public void oneSessionTooManyOfAUserIsRefusedAndTheOthersGoOn() throws Exception {
        Queue queue = jms.queue();
        jms.send(queue, "made by somebody else");
        Session first = jms.session(Session.AUTO_ACKNOWLEDGE, FEW);
        ActiveMQConnection connection = jms.connect(FEW);
        Session second = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        Session third = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        JMSException refused =
                assertThrows(JMSException.class, () -> third.createProducer(queue));
        assertTrue(refused.toString(), refused.getMessage().contains("as many"));
        JmsFixture.send(first, queue, "a");
        JmsFixture.send(second, queue, "b");
        jms.send(queue, "of somebody else");
        second.close();
        Session fourth = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        JmsFixture.send(fourth, queue, "c");
    }

    @Test
    public void oneQueueTooManyOfAUserIsNotMade() throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE, FEW);
        Queue another = jms.queue(".another");
        JmsFixture.send(session, jms.queue(), "a");
        JMSException refused = assertThrows(
                JMSException.class, () -> JmsFixture.send(session, another, "b"));
        assertTrue(refused.toString(), refused.getMessage().contains("max-queues"));
        jms.send(another, "of somebody else");
        JmsFixture.send(session, another, "b");
    }
}
