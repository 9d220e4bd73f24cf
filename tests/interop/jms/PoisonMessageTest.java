package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import javax.jms.DeliveryMode;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;

/** A message rolled back more than six times goes to the dead letter queue (openwire.md, 11.9). */
public class PoisonMessageTest {
    private static final int REDELIVERIES_MAX = 6;
    private static final Queue DEAD_LETTERS = new ActiveMQQueue("ActiveMQ.DLQ");

    @Rule public final JmsFixture jms = new JmsFixture();

    private Session sender;

    @Before
    public void connect() throws Exception {
        sender = jms.session(Session.AUTO_ACKNOWLEDGE);
    }

    @Test
    public void endsInTheDeadLetterQueue() throws Exception {
        TextMessage sent = send("poison", DeliveryMode.PERSISTENT, 0);
        rejectToTheEnd(1);

        Message dead = deadLetter(sent.getJMSMessageID());
        assertEquals("poison", ((TextMessage) dead).getText());
        assertEquals("kept", dead.getStringProperty("application"));
        assertEquals(DEAD_LETTERS, dead.getJMSDestination());
        assertEquals(jms.queue(), ((ActiveMQMessage) dead).getOriginalDestination());
        assertEquals(DeliveryMode.PERSISTENT, dead.getJMSDeliveryMode());
        assertEquals(0, dead.getJMSExpiration());
        assertFalse(dead.getJMSRedelivered());
        assertEquals(1, dead.getIntProperty("JMSXDeliveryCount"));
        assertContains("redelivery policy", dead.getStringProperty("dlqDeliveryFailureCause"));
        assertEquals(sent.getJMSTimestamp(), dead.getJMSTimestamp());
        jms.expectHolds(jms.queue());
    }

    @Test
    public void keepsItsFormerExpirationAsAProperty() throws Exception {
        TextMessage sent = send("poison", DeliveryMode.PERSISTENT, 600_000);
        rejectToTheEnd(1);

        Message dead = deadLetter(sent.getJMSMessageID());
        assertEquals(0, dead.getJMSExpiration());
        assertEquals(sent.getJMSExpiration(), dead.getLongProperty("originalExpiration"));
    }

    @Test
    public void nonPersistentOnesAreDropped() throws Exception {
        TextMessage sent = send("transient", DeliveryMode.NON_PERSISTENT, 0);
        TextMessage later = send("durable", DeliveryMode.PERSISTENT, 0);
        rejectToTheEnd(2);

        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(DEAD_LETTERS);
        String id;
        do {
            id = JmsFixture.receive(consumer).getJMSMessageID();
            assertFalse(id.equals(sent.getJMSMessageID()));
        } while (!id.equals(later.getJMSMessageID()));
        jms.expectHolds(jms.queue());
    }

    @Test
    public void theNextMessageFollowsAtOnce() throws Exception {
        send("poison", DeliveryMode.PERSISTENT, 0);
        Session session = jms.session(
                Session.SESSION_TRANSACTED, "jms.prefetchPolicy.queuePrefetch=1");
        MessageConsumer consumer = session.createConsumer(jms.queue());
        for (int delivery = 0; delivery <= REDELIVERIES_MAX; delivery++) {
            assertEquals("poison", JmsFixture.receiveText(consumer));
            session.rollback();
        }
        send("good", DeliveryMode.PERSISTENT, 0);
        assertEquals("good", JmsFixture.receiveText(consumer));
        session.commit();
    }

    @Test
    public void listenerThatThrowsPoisonsToo() throws Exception {
        TextMessage sent = send("poison", DeliveryMode.PERSISTENT, 0);
        jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(jms.queue())
                .setMessageListener(message -> {
                    throw new IllegalStateException("cannot digest this");
                });
        Message dead = deadLetter(sent.getJMSMessageID());
        assertContains("cannot digest this", dead.getStringProperty("dlqDeliveryFailureCause"));
    }

    private static void assertContains(String part, String whole) {
        assertTrue(whole, whole.contains(part));
    }

    private TextMessage send(String text, int deliveryMode, long timeToLiveMs) throws Exception {
        TextMessage message = sender.createTextMessage(text);
        message.setStringProperty("application", "kept");
        MessageProducer producer = sender.createProducer(jms.queue());
        producer.setDeliveryMode(deliveryMode);
        producer.setTimeToLive(timeToLiveMs);
        producer.send(message);
        return message;
    }

    /** Takes the queue's messages and rolls back, as often as the client redelivers them. */
    private void rejectToTheEnd(int messages) throws Exception {
        Session session = jms.session(Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        for (int delivery = 1; delivery <= REDELIVERIES_MAX + 1; delivery++) {
            for (int i = 0; i < messages; i++) {
                Message message = JmsFixture.receive(consumer);
                assertEquals(delivery, message.getIntProperty("JMSXDeliveryCount"));
            }
            session.rollback();
        }
        session.close();
    }

    private Message deadLetter(String messageId) throws Exception {
        MessageConsumer consumer =
                jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(DEAD_LETTERS);
        while (true) {
            Message dead = JmsFixture.receive(consumer);
            if (dead.getJMSMessageID().equals(messageId)) {
                return dead;
            }
        }
    }
}
