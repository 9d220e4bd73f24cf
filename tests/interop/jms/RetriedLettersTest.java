package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.List;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ConnectionId;
import org.apache.activemq.command.MessageId;
import org.apache.activemq.command.ProducerId;
import org.apache.activemq.command.ProducerInfo;
import org.apache.activemq.command.SessionId;
import org.apache.activemq.util.ByteSequence;
import org.junit.Rule;
import org.junit.Test;

/** Dead letters that operators send back to where they died, and messages that nobody can read. */
public class RetriedLettersTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    /** The first letter makes a queue one of dead letters. */
    @Test
    public void goBackToTheirQueue() throws Exception {
        Queue queue = queue("back");
        Queue letters = lettersOf(queue);
        reject(queue, "a", "b", "c");
        assertTrue(Operators.read(letters, "DLQ").asBoolean());
        assertFalse(Operators.read(queue, "DLQ").asBoolean());
        String second = browsed(letters, 1).getJMSMessageID();

        assertTrue(Operators.call(letters, "retryMessage", second).asBoolean());
        Message back = browsed(queue, 0);
        assertEquals("b", ((TextMessage) back).getText());
        assertEquals(queue, back.getJMSDestination());
        assertEquals(DeliveryMode.PERSISTENT, back.getJMSDeliveryMode());
        assertEquals("b", back.getJMSCorrelationID());
        assertEquals(7, back.getIntProperty("number"));
        assertTrue(back.getStringProperty("dlqDeliveryFailureCause").contains("redelivery policy"));

        assertEquals(2, Operators.call(letters, "retryMessages").asInt());
        jms.expectHolds(queue, "b", "a", "c");
        jms.expectHolds(letters);
    }

    /** And may die anew. */
    @Test
    public void areDeliveredAsIfForTheFirstTime() throws Exception {
        Queue queue = queue("anew");
        reject(queue, "a");
        assertEquals(1, Operators.call(lettersOf(queue), "retryMessages").asInt());
        Session transacted = jms.sessionOn(picky(), Session.SESSION_TRANSACTED);
        MessageConsumer consumer = transacted.createConsumer(queue);
        Message again = JmsFixture.receive(consumer);
        assertEquals(1, again.getIntProperty("JMSXDeliveryCount"));
        assertFalse(again.getJMSRedelivered());
        transacted.rollback();
        consumer.close();
        Message dead = browsed(lettersOf(queue), 0);
        assertEquals("a", ((TextMessage) dead).getText());
        assertEquals(queue, ((ActiveMQMessage) dead).getOriginalDestination());
        assertEquals(1, Operators.call(lettersOf(queue), "retryMessages").asInt());
        jms.expectHolds(queue, "a");
    }

    @Test
    public void areOnQueuesOfDeadLettersOnly() throws Exception {
        Queue queue = queue("living");
        jms.send(queue, "a");
        assertFalse(Operators.read(queue, "DLQ").asBoolean());
        assertTrue(Operators.refusal(queue, "retryMessages")
                .contains("Retry of message is only possible on Dead Letter Queues!"));
        jms.expectHolds(queue, "a");
    }

    /** An operator says that a queue is one. Classic cannot be told that it is none any more. */
    @Test
    public void mayBeOnAQueueThatIsCalledOne() throws Exception {
        Queue queue = queue("called");
        Queue aside = queue("called.aside");
        jms.send(queue, "a", "b");
        assertEquals(2, Operators.call(queue, "moveMatchingMessagesTo", "JMSPriority = 4",
                aside.getQueueName()).asInt());
        assertTrue(Operators.refusal(aside, "retryMessages").contains("Dead Letter Queues"));

        Operators.write(aside, "DLQ", true);
        assertTrue(Operators.read(aside, "DLQ").asBoolean());
        assertEquals(2, Operators.call(aside, "retryMessages").asInt());
        jms.expectHolds(queue, "a", "b");

        if (TestBroker.isOurs()) {
            Operators.write(aside, "DLQ", false);
            assertTrue(Operators.refusal(aside, "retryMessages").contains("Dead Letter Queues"));
        }
    }

    /**
     * A selector cannot look into a map that ends too early: the message becomes a dead letter.
     * Classic with a scheduler, which reads the properties, does not take it from its sender.
     */
    @Test
    public void cannotBeReadForASelector() throws Exception {
        Queue queue = queue("unreadable");
        MessageConsumer consumer =
                jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(queue, "colour = 'red'");
        if (TestBroker.isOurs()) {
            sendUnreadable(queue);
        } else {
            assertThrows(JMSException.class, () -> sendUnreadable(queue));
        }
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        TextMessage good = session.createTextMessage("good");
        good.setStringProperty("colour", "red");
        session.createProducer(queue).send(good);

        assertEquals("good", JmsFixture.receiveText(consumer));
        JmsFixture.await(() -> sizeOf(queue) == 0);
        if (TestBroker.isOurs()) {
            Message dead = browsed(lettersOf(queue), 0);
            assertEquals(queue, ((ActiveMQMessage) dead).getOriginalDestination());
            assertTrue(dead.getStringProperty("dlqDeliveryFailureCause").contains("selector"));
        }
    }

    // -- the little language of these stories

    private static int sizeOf(Queue queue) {
        try {
            return Operators.read(queue, "QueueSize").asInt();
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    /** The policy of the tests' document gives each of them a queue of dead letters. */
    private static Queue queue(String name) {
        return new ActiveMQQueue("DeadLettersTest.individual.retried." + name);
    }

    private static Queue lettersOf(Queue queue) throws Exception {
        return new ActiveMQQueue("Dead." + queue.getQueueName() + ".letters");
    }

    /** A client that rejects for good what it rolls back. */
    private ActiveMQConnection picky() throws Exception {
        ActiveMQConnection connection = jms.connect();
        connection.getRedeliveryPolicy().setMaximumRedeliveries(0);
        return connection;
    }

    private void reject(Queue queue, String... texts) throws Exception {
        ActiveMQConnection connection = picky();
        Session session = jms.sessionOn(connection, Session.SESSION_TRANSACTED);
        MessageProducer producer = session.createProducer(queue);
        for (String text : texts) {
            TextMessage message = session.createTextMessage(text);
            message.setJMSCorrelationID(text);
            message.setIntProperty("number", 7);
            producer.send(message);
        }
        session.commit();
        MessageConsumer consumer = session.createConsumer(queue);
        for (String text : texts) {
            assertEquals(text, JmsFixture.receiveText(consumer));
            session.rollback();
        }
        connection.close();
        MessageConsumer letters = jms.session(Session.CLIENT_ACKNOWLEDGE).createConsumer(
                lettersOf(queue));
        assertEquals(List.of(texts), JmsFixture.receiveTexts(letters, texts.length));
        letters.close();
    }

    /** A message that stays where it is. */
    private Message browsed(Queue queue, int place) throws Exception {
        MessageConsumer consumer = jms.session(Session.CLIENT_ACKNOWLEDGE).createConsumer(queue);
        Message message = JmsFixture.receive(consumer);
        for (int i = 0; i < place; i++) {
            message = JmsFixture.receive(consumer);
        }
        consumer.close();
        return message;
    }

    /** What no client library would send: its properties say that there are five, and end. */
    private void sendUnreadable(Queue queue) throws Exception {
        ActiveMQConnection connection = jms.connect();
        ConnectionId id = connection.getConnectionInfo().getConnectionId();
        ProducerId producer = new ProducerId(new SessionId(id, -1), 1);
        ProducerInfo info = new ProducerInfo(producer);
        info.setDestination((ActiveMQQueue) queue);
        connection.syncSendPacket(info);
        ActiveMQBytesMessage message = new ActiveMQBytesMessage();
        message.setProducerId(producer);
        message.setMessageId(new MessageId(producer, 1));
        message.setDestination((ActiveMQQueue) queue);
        message.setPersistent(true);
        message.setContent(new ByteSequence(new byte[] {1}));
        message.setMarshalledProperties(new ByteSequence(new byte[] {0, 0, 0, 5}));
        connection.syncSendPacket(message);
        assertNull(connection.getFirstFailureError());
        connection.close();
    }
}
