package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import javax.jms.DeliveryMode;
import javax.jms.Destination;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;

/**
 * Where messages go that nobody consumed, by the policies of the broker's document for queues below
 * `DeadLettersTest`, and the redelivery plugin's for queues below `DeadLettersTest.again`.
 */
public class DeadLettersTest {
    private static final String PREFIX = "DeadLettersTest.";

    @Rule public final JmsFixture jms = new JmsFixture();

    private Session session;

    @Before
    public void connect() throws Exception {
        session = jms.session(Session.AUTO_ACKNOWLEDGE);
    }

    @Test
    public void aQueueMayHaveItsOwn() throws Exception {
        Queue queue = queue("individual.a");
        send(queue, "poison", DeliveryMode.PERSISTENT, 0);
        reject(queue);
        Message dead =
                receive(new ActiveMQQueue("Dead." + queue.getQueueName() + ".letters"), "poison");
        assertEquals(queue, ((ActiveMQMessage) dead).getOriginalDestination());
        assertTrue(dead.propertyExists("dlqDeliveryFailureCause"));
    }

    @Test
    public void lettersMayBeForATopic() throws Exception {
        Queue queue = queue("toTopic.a");
        MessageConsumer letters =
                session.createConsumer(new ActiveMQTopic("Dead." + queue.getQueueName()));
        send(queue, "poison", DeliveryMode.PERSISTENT, 0);
        reject(queue);
        assertEquals("poison", JmsFixture.receiveText(letters));
    }

    @Test
    public void aDurableSubscriberMayHaveItsOwn() throws Exception {
        ActiveMQTopic topic = new ActiveMQTopic(PREFIX + "topic.a");
        ActiveMQConnection connection = jms.open();
        connection.setClientID("letters");
        connection.getRedeliveryPolicy().setMaximumRedeliveries(0);
        connection.start();
        Session transacted = connection.createSession(true, Session.SESSION_TRANSACTED);
        MessageConsumer subscriber = transacted.createDurableSubscriber(topic, "own");
        send(topic, "poison", DeliveryMode.PERSISTENT, 0);
        JmsFixture.receive(subscriber);
        transacted.rollback();
        Message dead = receive(
                new ActiveMQQueue("Dead.T." + topic.getTopicName() + ".letters:own.letters"),
                "poison");
        assertEquals(topic, ((ActiveMQMessage) dead).getOriginalDestination());
        subscriber.close();
        transacted.unsubscribe("own");
    }

    @Test
    public void aPluginMayDropWhatDiesOnSomeQueues() throws Exception {
        Queue dropped = queue("dropped.a");
        Queue kept = queue("droppedNot");
        for (Queue queue : new Queue[] {dropped, kept}) {
            send(queue, "poison of " + queue.getQueueName(), DeliveryMode.PERSISTENT, 0);
            reject(queue);
        }
        MessageConsumer consumer = session.createConsumer(new ActiveMQQueue("ActiveMQ.DLQ"));
        String text;
        do {
            text = JmsFixture.receiveText(consumer);
            assertFalse(text, text.endsWith(dropped.getQueueName()));
        } while (!text.endsWith(kept.getQueueName()));
    }

    /** It is a dead letter of the queue that it died on, whatever it was sent to. */
    @Test
    public void aDeadLetterThatDiesAgainIsDropped() throws Exception {
        Queue queue = queue("twice");
        send(queue, "twice", DeliveryMode.PERSISTENT, 0);
        reject(queue);
        ActiveMQConnection connection = picky();
        Session transacted = connection.createSession(true, Session.SESSION_TRANSACTED);
        MessageConsumer letters = transacted.createConsumer(
                new ActiveMQQueue("ActiveMQ.DLQ"), "JMSCorrelationID = 'twice'");
        JmsFixture.receive(letters);
        transacted.rollback();
        connection.close();
        send(queue, "last", DeliveryMode.PERSISTENT, 0);
        reject(queue);
        MessageConsumer left = session.createConsumer(new ActiveMQQueue("ActiveMQ.DLQ"),
                "JMSCorrelationID = 'twice' OR JMSCorrelationID = 'last'");
        assertEquals("last", JmsFixture.receiveText(left));
    }

    @Test
    public void theExpiredAndTheTransientMayBeKept() throws Exception {
        Queue queue = queue("transient.a");
        TextMessage sent = send(queue, "short", DeliveryMode.NON_PERSISTENT, 200);
        Message dead = receive(queue("letters"), "short");
        assertEquals(0, dead.getJMSExpiration());
        assertEquals(sent.getJMSExpiration(), dead.getLongProperty("originalExpiration"));
        assertEquals("NON_PERSISTENT", dead.getStringProperty("originalDeliveryMode"));
        assertEquals(DeliveryMode.PERSISTENT, dead.getJMSDeliveryMode());
        assertTrue(dead.getStringProperty("dlqDeliveryFailureCause").contains("xpired"));
        assertEquals(queue, ((ActiveMQMessage) dead).getOriginalDestination());
    }

    @Test
    public void theExpiredMayBeForgotten() throws Exception {
        Queue queue = queue("living.a");
        TextMessage expires = send(queue, "expires", DeliveryMode.PERSISTENT, 1);
        // Handed out in time it would be rejected like the other one.
        JmsFixture.await(((ActiveMQMessage) expires)::isExpired);
        send(queue, "poison", DeliveryMode.PERSISTENT, 0);
        reject(queue);
        // Letters come in the order of the deaths.
        assertEquals("poison", JmsFixture.receiveText(session.createConsumer(queue("living"))));
    }

    @Test
    public void lettersMayExpire() throws Exception {
        Queue queue = queue("short.a");
        send(queue, "poison", DeliveryMode.PERSISTENT, 0);
        long before = System.currentTimeMillis();
        reject(queue);
        Message dead = receive(queue("shortLetters"), "poison");
        assertTrue(dead.getJMSExpiration() >= before + 60_000);
    }

    @Test
    public void aStrategyMayKeepNone() throws Exception {
        Queue queue = queue("discard.a");
        send(queue, "poison", DeliveryMode.PERSISTENT, 0);
        reject(queue);
        jms.expectHolds(queue);
    }

    @Test
    public void theBrokerRedelivers() throws Exception {
        Queue queue = queue("again.a");
        send(queue, "poison", DeliveryMode.PERSISTENT, 0);
        for (int delivery = 1; delivery <= 3; delivery++) {
            ActiveMQConnection connection = picky();
            Session transacted = connection.createSession(true, Session.SESSION_TRANSACTED);
            Message message = JmsFixture.receive(transacted.createConsumer(queue));
            assertEquals(delivery, message.getIntProperty("JMSXDeliveryCount"));
            assertEquals(delivery > 1, message.getJMSRedelivered());
            assertEquals(delivery > 1, message.propertyExists("redeliveryDelay"));
            assertFalse(message.propertyExists("dlqDeliveryFailureCause"));
            transacted.rollback();
            connection.close();
        }
        receive(new ActiveMQQueue("ActiveMQ.DLQ"), "poison");
    }

    // -- the little language of these stories

    private static Queue queue(String name) {
        return new ActiveMQQueue(PREFIX + name);
    }

    private TextMessage send(Destination to, String text, int deliveryMode, long timeToLiveMs)
            throws JMSException {
        MessageProducer producer = session.createProducer(to);
        producer.setDeliveryMode(deliveryMode);
        producer.setTimeToLive(timeToLiveMs);
        TextMessage message = session.createTextMessage(text);
        message.setJMSCorrelationID(text);
        producer.send(message);
        producer.close();
        return message;
    }

    /** A client that rejects for good what it rolls back. */
    private ActiveMQConnection picky() throws JMSException {
        ActiveMQConnection connection = jms.connect();
        connection.getRedeliveryPolicy().setMaximumRedeliveries(0);
        return connection;
    }

    private void reject(Queue queue) throws JMSException {
        ActiveMQConnection connection = picky();
        Session transacted = connection.createSession(true, Session.SESSION_TRANSACTED);
        JmsFixture.receive(transacted.createConsumer(queue));
        transacted.rollback();
        connection.close();
    }

    private Message receive(Queue from, String text) throws JMSException {
        MessageConsumer consumer = session.createConsumer(from);
        while (true) {
            Message message = JmsFixture.receive(consumer);
            if (((TextMessage) message).getText().equals(text)) {
                return message;
            }
        }
    }
}
