package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.jms.BytesMessage;
import javax.jms.DeliveryMode;
import javax.jms.Destination;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.ResourceAllocationException;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.advisory.AdvisorySupport;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;
import org.apache.activemq.command.ProducerInfo;
import org.junit.Rule;
import org.junit.Test;

/** Limits of destinations, as the broker's document sets them below `FlowControlTest`. */
public class FlowControlTest {
    private static final int BODY_BYTES = 64 * 1024;

    @Rule public final JmsFixture jms = new JmsFixture();

    /**
     * A transaction may have 5000 messages: a client that waits for answers hears of it with the
     * first message that is too many. OpenWire has no place for an exception's code, so that it
     * stands in the text.
     */
    @Test
    public void aTransactionsFirstMessageTooManyIsRefused() throws Exception {
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

    /** The queue has a limit of 1 MiB. */
    @Test
    public void aFullQueueStopsItsProducerUntilItIsConsumed() throws Exception {
        ActiveMQQueue queue = new ActiveMQQueue("FlowControlTest.block.a");
        ActiveMQConnection connection = jms.connect();
        CountDownLatch done = new CountDownLatch(1);
        Thread producer = new Thread(() -> {
            try {
                send(connection, queue, 40);
                done.countDown();
            } catch (JMSException unexpected) {
                throw new IllegalStateException(unexpected);
            }
        });
        producer.start();
        // The same connection may consume meanwhile, and others may send elsewhere.
        jms.send(jms.queue(), "elsewhere");
        MessageConsumer consumer =
                jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE).createConsumer(queue);
        for (int i = 0; i < 40; i++) {
            assertEquals(i, JmsFixture.receive(consumer).getIntProperty("number"));
        }
        done.await();
        producer.join();
    }

    @Test
    public void thoseWhoWatchHearOfAFullQueue() throws Exception {
        assumeTrue(TestBroker.isOurs());
        ActiveMQQueue queue = new ActiveMQQueue("FlowControlTest.block.watched");
        Session watching = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageConsumer watcher =
                watching.createConsumer(AdvisorySupport.getFullAdvisoryTopic(queue));
        MessageConsumer fast =
                watching.createConsumer(AdvisorySupport.getFastProducerAdvisoryTopic(queue));
        ActiveMQConnection connection = jms.connect();
        Thread producer = new Thread(() -> {
            try {
                send(connection, queue, 40);
            } catch (JMSException unexpected) {
                throw new IllegalStateException(unexpected);
            }
        });
        producer.start();
        Message advisory = JmsFixture.receive(watcher);
        assertEquals("memory", advisory.getStringProperty("usageName"));
        assertTrue(advisory.getLongProperty("usageCount") > 0);
        assertNull(((ActiveMQMessage) advisory).getDataStructure());
        Message waits = JmsFixture.receive(fast);
        ProducerInfo info = (ProducerInfo) ((ActiveMQMessage) waits).getDataStructure();
        assertEquals(queue, info.getDestination());
        assertEquals(connection.getConnectionInfo().getConnectionId().getValue(),
                info.getProducerId().getConnectionId());
        assertEquals(info.getProducerId().toString(),
                waits.getStringProperty(AdvisorySupport.MSG_PROPERTY_PRODUCER_ID));
        MessageConsumer consumer = jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(queue);
        for (int i = 0; i < 40; i++) {
            JmsFixture.receive(consumer);
        }
        producer.join();
    }

    /** A topic of which a subscriber has all it takes. */
    @Test
    public void aSendMayFailInstead() throws Exception {
        ActiveMQTopic topic = new ActiveMQTopic("FlowControlTest.fail.a");
        jms.session(Session.CLIENT_ACKNOWLEDGE).createConsumer(
                new ActiveMQTopic(topic.getTopicName() + "?consumer.prefetchSize=1"));
        assertThrows(ResourceAllocationException.class, () -> send(jms.connect(), topic, 40));
    }

    /**
     * ActiveMQ lets the producer wait all the same: a queue whose messages stay in memory
     * (vmQueueCursor) is given the broker's own limits after its policy has been applied, and with
     * the other cursors memory does not fill up.
     */
    @Test
    public void aSendToAQueueMayFailInstead() throws Exception {
        assumeTrue(TestBroker.isOurs());
        ActiveMQQueue queue = new ActiveMQQueue("FlowControlTest.fail.a");
        assertThrows(ResourceAllocationException.class, () -> send(jms.connect(), queue, 40));
    }

    /** Ten may wait, and the client may have one. */
    @Test
    public void aSlowSubscriberKeepsTheNewest() throws Exception {
        ActiveMQTopic topic = new ActiveMQTopic("FlowControlTest.newest.a");
        Session session = jms.session(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer slow = session.createConsumer(
                new ActiveMQTopic(topic.getTopicName() + "?consumer.prefetchSize=1"));
        send(jms.connect(), topic, 100);
        List<Integer> got = new ArrayList<>();
        do {
            Message message = JmsFixture.receive(slow);
            message.acknowledge();
            got.add(message.getIntProperty("number"));
        } while (got.get(got.size() - 1) < 99);
        assertFalse("more than may wait: " + got, got.size() > 12);
        for (int i = 1; i < got.size() - 1; i++) {
            assertEquals(got.get(i) + 1, (int) got.get(i + 1));
        }
    }

    /**
     * A limit of 1 MiB; a client that waits for no answers but has a window of 128 KiB. Its
     * connection goes on meanwhile.
     */
    @Test
    public void aWindowStopsAClientThatWaitsForNoAnswers() throws Exception {
        ActiveMQQueue queue = new ActiveMQQueue("FlowControlTest.block.window");
        ActiveMQConnection connection = jms.connect();
        connection.setUseAsyncSend(true);
        connection.setProducerWindowSize(2 * BODY_BYTES);
        AtomicInteger sent = new AtomicInteger();
        Thread producer = new Thread(() -> {
            try {
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                MessageProducer to = session.createProducer(queue);
                to.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
                for (int i = 0; i < 60; i++) {
                    BytesMessage message = session.createBytesMessage();
                    message.writeBytes(new byte[BODY_BYTES]);
                    to.send(message);
                    sent.incrementAndGet();
                }
            } catch (JMSException unexpected) {
                throw new IllegalStateException(unexpected);
            }
        });
        producer.start();
        JmsFixture.await(() -> sent.get() >= 12);
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        JmsFixture.send(session, jms.queue(), "elsewhere");
        MessageConsumer consumer = session.createConsumer(
                new ActiveMQQueue(queue.getQueueName() + "?consumer.prefetchSize=1"));
        for (int received = 0; received < 60; received++) {
            int ahead = sent.get() - received;
            assertTrue("the client is " + ahead + " messages ahead", ahead <= 16 + 2 + 4);
            JmsFixture.receive(consumer);
        }
        producer.join();
        assertEquals("elsewhere", JmsFixture.receiveText(session.createConsumer(jms.queue())));
    }

    /**
     * A limit of 1 MiB, of which 70 % are used before messages have to come from the store: until
     * all that waits has been consumed.
     */
    @Test
    public void operatorsSeeWhetherAllThatWaitsIsInMemory() throws Exception {
        ActiveMQQueue queue = new ActiveMQQueue("FlowControlTest.cache.a");
        send(jms.connect(), queue, 1);
        assertTrue(Operators.read(queue, "CacheEnabled").asBoolean());
        send(jms.connect(), queue, 39);
        JmsFixture.await(() -> !isCacheEnabled(queue));
        MessageConsumer consumer = jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(queue);
        for (int i = 0; i < 40; i++) {
            JmsFixture.receive(consumer);
        }
        consumer.close();
        send(jms.connect(), queue, 1);
        JmsFixture.await(() -> isCacheEnabled(queue));
    }

    private static boolean isCacheEnabled(ActiveMQQueue queue) {
        try {
            return Operators.read(queue, "CacheEnabled").asBoolean();
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    /** Five may wait. */
    @Test
    public void aSlowSubscriberMayKeepTheMostImportant() throws Exception {
        List<Integer> kept = keptOf("FlowControlTest.important.a", 30, 5);
        assertEquals(List.of(9, 18, 19, 28, 29), kept);
    }

    /** Three may wait, and there are three keys. */
    @Test
    public void aSlowSubscriberMayKeepTheNewestOfEachKey() throws Exception {
        assertEquals(List.of(27, 28, 29), keptOf("FlowControlTest.keys.a", 30, 3));
    }

    /**
     * The last so many that a subscriber gets that has taken nothing of so many messages; each has
     * the last digit of its number as priority, and one of three keys.
     */
    private List<Integer> keptOf(String name, int count, int last) throws Exception {
        ActiveMQTopic topic = new ActiveMQTopic(name);
        Session session = jms.session(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer slow = session.createConsumer(
                new ActiveMQTopic(name + "?consumer.prefetchSize=1"));
        ActiveMQConnection connection = jms.connect();
        connection.setAlwaysSyncSend(true);
        Session sending = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = sending.createProducer(topic);
        for (int i = 0; i < count; i++) {
            Message message = sending.createMessage();
            message.setIntProperty("number", i);
            message.setIntProperty("key", i % 3);
            producer.send(message, DeliveryMode.NON_PERSISTENT, i % 10, 0);
            // ActiveMQ tells which of two is newer by the millisecond.
            Thread.sleep(3);
        }
        // The first ones were with the client before more came.
        List<Integer> got = new ArrayList<>();
        while (got.size() < last || got.get(got.size() - 1) != count - 1) {
            Message message = JmsFixture.receive(slow);
            message.acknowledge();
            got.add(message.getIntProperty("number"));
        }
        assertTrue("more than may wait: " + got, got.size() <= last + 2);
        return got.subList(got.size() - last, got.size());
    }

    private static void send(ActiveMQConnection connection, Destination to, int count)
            throws JMSException {
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        connection.setAlwaysSyncSend(true);
        MessageProducer producer = session.createProducer(to);
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        for (int i = 0; i < count; i++) {
            BytesMessage message = session.createBytesMessage();
            message.setIntProperty("number", i);
            message.writeBytes(new byte[BODY_BYTES]);
            producer.send(message);
        }
        session.close();
    }
}
