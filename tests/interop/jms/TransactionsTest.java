package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.util.List;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.ResourceAllocationException;
import javax.jms.Session;
import javax.jms.Topic;
import javax.jms.TransactionRolledBackException;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQMessageConsumer;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQTempQueue;
import org.apache.activemq.command.ActiveMQTextMessage;
import org.apache.activemq.command.ConnectionId;
import org.apache.activemq.command.LocalTransactionId;
import org.apache.activemq.command.MessageAck;
import org.apache.activemq.command.MessageId;
import org.apache.activemq.command.ProducerId;
import org.apache.activemq.command.ProducerInfo;
import org.apache.activemq.command.SessionId;
import org.apache.activemq.command.TransactionInfo;
import org.junit.Rule;
import org.junit.Test;

/** A transaction's sends and acknowledgements happen together at commit, or not at all. */
public class TransactionsTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void sendsAppearAtCommit() throws Exception {
        Session session = jms.session(Session.SESSION_TRANSACTED);
        JmsFixture.send(session, jms.queue(), "a", "b");
        jms.expectHolds(jms.queue());
        session.commit();
        jms.expectHolds(jms.queue(), "a", "b");
    }

    @Test
    public void rolledBackSendsNeverAppear() throws Exception {
        Session session = jms.session(Session.SESSION_TRANSACTED);
        JmsFixture.send(session, jms.queue(), "lost");
        session.rollback();
        JmsFixture.send(session, jms.queue(), "kept");
        session.commit();
        jms.expectHolds(jms.queue(), "kept");
    }

    @Test
    public void commitSpansQueuesAndTopics() throws Exception {
        Topic[] topics = {jms.topic(".1"), jms.topic(".2")};
        Session subscriber = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageConsumer first = subscriber.createConsumer(topics[0]);
        MessageConsumer second = subscriber.createConsumer(topics[1]);

        Session session = jms.session(Session.SESSION_TRANSACTED);
        MessageProducer producer = session.createProducer(null);
        for (String text : List.of("a", "b")) {
            producer.send(jms.queue(".1"), session.createTextMessage(text));
            producer.send(topics[0], session.createTextMessage(text));
            producer.send(jms.queue(".2"), session.createTextMessage(text));
            producer.send(topics[1], session.createTextMessage(text));
        }
        session.commit();

        jms.expectHolds(jms.queue(".1"), "a", "b");
        jms.expectHolds(jms.queue(".2"), "a", "b");
        assertEquals(List.of("a", "b"), JmsFixture.receiveTexts(first, 2));
        assertEquals(List.of("a", "b"), JmsFixture.receiveTexts(second, 2));
    }

    @Test
    public void rollbackSpansQueuesAndTopics() throws Exception {
        MessageConsumer subscriber =
                jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(jms.topic());
        Session session = jms.session(Session.SESSION_TRANSACTED);
        JmsFixture.send(session, jms.queue(), "lost");
        JmsFixture.send(session, jms.topic(), "lost");
        session.rollback();
        jms.expectHolds(jms.queue());
        jms.expectNothingMore(jms.topic(), subscriber);
    }

    @Test
    public void committedMessagesAreGone() throws Exception {
        jms.send(jms.queue(), "a", "b", "c");
        Session session = consume(2);
        session.commit();
        session.close();
        jms.expectHolds(jms.queue(), "c");
    }

    @Test
    public void rolledBackMessagesComeAgainInOrder() throws Exception {
        jms.send(jms.queue(), "a", "b", "c");
        Session session = jms.session(Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        JmsFixture.receiveTexts(consumer, 2);
        session.rollback();
        assertEquals(List.of("a", "b", "c"), JmsFixture.receiveTexts(consumer, 3));
        session.commit();
        session.close();
        jms.expectHolds(jms.queue());
    }

    @Test
    public void receiveAndForwardIsOneUnit() throws Exception {
        jms.send(jms.queue(), "a", "b");
        Session session = jms.session(Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        for (int round = 0; round < 2; round++) {
            String text = JmsFixture.receiveText(consumer);
            JmsFixture.send(session, jms.queue(".out"), text + round);
            if (round == 0) {
                session.rollback();
            }
        }
        session.commit();
        session.close();
        jms.expectHolds(jms.queue(".out"), "a1");
        jms.expectHolds(jms.queue(), "b");
    }

    @Test
    public void commitAfterItsConsumerWasClosed() throws Exception {
        jms.send(jms.queue(), "a", "b", "c");
        Session session = jms.session(Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        JmsFixture.receiveTexts(consumer, 2);
        consumer.close();
        session.commit();
        session.close();
        jms.expectHolds(jms.queue(), "c");
    }

    @Test
    public void rollbackAfterItsConsumerWasClosed() throws Exception {
        jms.send(jms.queue(), "a", "b", "c");
        Session session = jms.session(Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        JmsFixture.receiveTexts(consumer, 2);
        consumer.close();
        session.rollback();
        session.close();
        jms.expectHolds(jms.queue(), "a", "b", "c");
    }

    @Test
    public void sessionClosedWithoutCommit() throws Exception {
        jms.send(jms.queue(), "a", "b", "c");
        Session session = consume(2);
        JmsFixture.send(session, jms.queue(".out"), "lost");
        session.close();
        jms.expectHolds(jms.queue(), "a", "b", "c");
        jms.expectHolds(jms.queue(".out"));
    }

    @Test
    public void connectionLostInTheMiddle() throws Exception {
        jms.send(jms.queue(), "a", "b", "c");
        ActiveMQConnection connection = jms.connect();
        Session session = jms.sessionOn(connection, Session.SESSION_TRANSACTED);
        JmsFixture.receiveTexts(session.createConsumer(jms.queue()), 2);
        JmsFixture.send(session, jms.queue(".out"), "lost");
        jms.cutOff(connection);
        jms.expectHolds(jms.queue(), "a", "b", "c");
        jms.expectHolds(jms.queue(".out"));
    }

    @Test
    public void largerThanThePrefetch() throws Exception {
        String[] texts = JmsFixture.texts(200);
        jms.send(jms.queue(), texts);
        Session session =
                jms.session(Session.SESSION_TRANSACTED, "jms.prefetchPolicy.queuePrefetch=10");
        MessageConsumer consumer = session.createConsumer(jms.queue());
        assertEquals(List.of(texts), JmsFixture.receiveTexts(consumer, texts.length));
        session.rollback();
        assertEquals(List.of(texts), JmsFixture.receiveTexts(consumer, texts.length));
        session.commit();
        session.close();
        jms.expectHolds(jms.queue());
    }

    @Test
    public void largeBatchOfSends() throws Exception {
        String[] texts = JmsFixture.texts(2000);
        Session session = jms.session(Session.SESSION_TRANSACTED);
        JmsFixture.send(session, jms.queue(), texts);
        session.commit();
        jms.expectHolds(jms.queue(), texts);
    }

    @Test
    public void twoSessionsOfAConnectionDoNotMix() throws Exception {
        ActiveMQConnection connection = jms.connect();
        Session committed = jms.sessionOn(connection, Session.SESSION_TRANSACTED);
        Session rolledBack = jms.sessionOn(connection, Session.SESSION_TRANSACTED);
        for (String text : JmsFixture.texts(10)) {
            JmsFixture.send(committed, jms.queue(), text);
            JmsFixture.send(rolledBack, jms.queue(), "lost");
        }
        rolledBack.rollback();
        committed.commit();
        jms.expectHolds(jms.queue(), JmsFixture.texts(10));
    }

    /** Java counts its transactions from one, others from zero. */
    @Test
    public void aTransactionMayHaveTheNumberZero() throws Exception {
        ActiveMQConnection connection = jms.connect();
        connection.createSession(false, Session.AUTO_ACKNOWLEDGE);  // introduces the connection
        ConnectionId id = connection.getConnectionInfo().getConnectionId();
        LocalTransactionId zero = new LocalTransactionId(id, 0);
        ProducerId producer = new ProducerId(new SessionId(id, -1), 100);
        connection.syncSendPacket(new ProducerInfo(producer));
        connection.syncSendPacket(new TransactionInfo(id, zero, TransactionInfo.BEGIN));
        ActiveMQTextMessage message = new ActiveMQTextMessage();
        message.setText("a");
        message.setPersistent(true);
        message.setProducerId(producer);
        message.setMessageId(new MessageId(producer, 1));
        message.setDestination((ActiveMQDestination) jms.queue());
        message.setTransactionId(zero);
        connection.syncSendPacket(message);
        jms.expectHolds(jms.queue());
        connection.syncSendPacket(
                new TransactionInfo(id, zero, TransactionInfo.COMMIT_ONE_PHASE));
        jms.expectHolds(jms.queue(), "a");
    }

    /** The tests' document limits them to 5000 messages; Classic 5.17 knows no limit. */
    @Test
    public void tooLargeATransactionIsRolledBack() throws Exception {
        assumeTrue(TestBroker.isOurs());
        ActiveMQConnection connection = jms.connect();
        Session session = jms.sessionOn(connection, Session.SESSION_TRANSACTED);
        JmsFixture.send(session, jms.queue(), JmsFixture.texts(5000));
        session.commit();
        assertThrows(JMSException.class, () -> {
            JmsFixture.send(session, jms.queue(), JmsFixture.texts(5001));
            session.commit();
        });
        jms.expectHolds(jms.queue(), JmsFixture.texts(5000));
    }

    /**
     * A client that waits for answers hears of it with the first message that is too many. OpenWire
     * has no place for an exception's code, so that it stands in the text.
     */
    @Test
    public void theFirstMessageTooManyIsRefused() throws Exception {
        assumeTrue(TestBroker.isOurs());
        String counter = "TotalMaxUncommittedExceededCount";
        long before = Operators.readOfBroker(counter).asLong();
        Session session = jms.session(Session.SESSION_TRANSACTED, "jms.alwaysSyncSend=true");
        MessageProducer producer = session.createProducer(jms.queue());
        Message message = session.createTextMessage("a");
        for (int i = 0; i < 5000; i++) {
            producer.send(message);
        }
        ResourceAllocationException refused =
                assertThrows(ResourceAllocationException.class, () -> producer.send(message));
        assertTrue(refused.getMessage(), refused.getMessage().contains("42900"));
        assertEquals(before + 1, Operators.readOfBroker(counter).asLong());
        assertThrows(JMSException.class, session::commit);
        jms.expectHolds(jms.queue());
    }

    /** Also one of which the client awaits no answer. Classic does not say that it rolled back. */
    @Test
    public void aRefusedMessageTakesAllWithIt() throws Exception {
        Session session = jms.session(Session.SESSION_TRANSACTED,
                "jms.useAsyncSend=true&jms.watchTopicAdvisories=false");
        MessageProducer producer = session.createProducer(null);
        producer.send(jms.queue(), session.createTextMessage("good"));
        producer.send(new ActiveMQTempQueue("ID:gone-1-1-1:1:1"),
                session.createTextMessage("refused"));
        JMSException failed = assertThrows(JMSException.class, session::commit);
        assertEquals(TestBroker.isOurs(), failed instanceof TransactionRolledBackException);
        jms.expectHolds(jms.queue());
    }

    /**
     * What a client acknowledged just before its broker was lost, it says again to the next one.
     * Classic ignores that, commits the rest, and the messages come again.
     */
    @Test
    public void whatWasAcknowledgedElsewhereCannotBeCommitted() throws Exception {
        assumeTrue(TestBroker.isOurs());
        expectNoCommitOfForeignAck("this = 'matches none'");
    }

    /** Nor when the consumer has got others here meanwhile. */
    @Test
    public void whatWasAcknowledgedElsewhereIsNotAmongOthers() throws Exception {
        assumeTrue(TestBroker.isOurs());
        expectNoCommitOfForeignAck(null);
    }

    private void expectNoCommitOfForeignAck(String selector) throws Exception {
        jms.send(jms.queue(".in"), "a");
        ActiveMQConnection connection = jms.connect();
        Session session = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        ActiveMQMessageConsumer consumer = (ActiveMQMessageConsumer) session.createConsumer(
                jms.queue(".in"), selector);
        if (selector == null) {
            JmsFixture.awaitPrefetched(consumer, 1);
        }
        ConnectionId id = connection.getConnectionInfo().getConnectionId();
        LocalTransactionId transaction = new LocalTransactionId(id, 1000);
        connection.syncSendPacket(new TransactionInfo(id, transaction, TransactionInfo.BEGIN));
        MessageAck ack = new MessageAck();
        ack.setAckType(MessageAck.STANDARD_ACK_TYPE);
        ack.setConsumerId(consumer.getConsumerId());
        ack.setDestination((ActiveMQDestination) jms.queue(".in"));
        ack.setFirstMessageId(new MessageId("ID:elsewhere:1:1:1", 1));
        ack.setLastMessageId(ack.getFirstMessageId());
        ack.setMessageCount(1);
        ack.setTransactionId(transaction);
        connection.asyncSendPacket(ack);
        assertThrows(TransactionRolledBackException.class, () -> connection.syncSendPacket(
                new TransactionInfo(id, transaction, TransactionInfo.COMMIT_ONE_PHASE)));
        session.close();
        jms.expectHolds(jms.queue(".in"), "a");
    }

    private Session consume(int count) throws Exception {
        Session session = jms.session(Session.SESSION_TRANSACTED);
        JmsFixture.receiveTexts(session.createConsumer(jms.queue()), count);
        return session;
    }
}
