package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.jms.DeliveryMode;
import javax.jms.Destination;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;
import javax.jms.Topic;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQMessageConsumer;
import org.apache.activemq.advisory.AdvisorySupport;
import org.apache.activemq.advisory.ConsumerEventSource;
import org.apache.activemq.advisory.ProducerEventSource;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTextMessage;
import org.apache.activemq.command.ActiveMQTopic;
import org.apache.activemq.command.ConnectionInfo;
import org.apache.activemq.command.ConsumerInfo;
import org.apache.activemq.command.DataStructure;
import org.apache.activemq.command.DestinationInfo;
import org.apache.activemq.command.ProducerInfo;
import org.apache.activemq.command.RemoveInfo;
import org.apache.activemq.command.RemoveSubscriptionInfo;
import org.junit.Rule;
import org.junit.Test;

/**
 * What clients are told of each other and of messages. Destinations that begin with the name of
 * this class are watched as the broker's document says (`advisoryFor…` and more).
 */
public class AdvisoriesTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    // -- connections, consumers, producers, destinations

    @Test
    public void connectionsComeAndGo() throws Exception {
        MessageConsumer watcher = watch(AdvisorySupport.getConnectionAdvisoryTopic());
        ActiveMQConnection connection = jms.open();
        connection.setClientID(jms.queue().toString());
        connection.start();
        ConnectionInfo added = null;
        while (added == null || !jms.queue().toString().equals(added.getClientId())) {
            added = next(watcher, ConnectionInfo.class);
        }
        assertEquals(connection.getConnectionInfo().getConnectionId(), added.getConnectionId());
        connection.close();
        RemoveInfo removed;
        do {
            removed = next(watcher, RemoveInfo.class);
        } while (!removed.getObjectId().equals(added.getConnectionId()));
    }

    @Test
    public void whoComesLaterHearsOfConnections() throws Exception {
        ActiveMQConnection connection = jms.connect();
        connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageConsumer watcher = watch(AdvisorySupport.getConnectionAdvisoryTopic());
        ConnectionInfo found;
        do {
            found = next(watcher, ConnectionInfo.class);
        } while (!found.getConnectionId().equals(
                connection.getConnectionInfo().getConnectionId()));
    }

    @Test
    public void consumersComeAndGo() throws Exception {
        for (Destination destination : new Destination[] {jms.queue(), jms.topic()}) {
            MessageConsumer watcher = watch(AdvisorySupport.getConsumerAdvisoryTopic(destination));
            Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
            MessageConsumer first = session.createConsumer(destination, "a = 1");
            ActiveMQMessage advisory = next(watcher);
            ConsumerInfo info = (ConsumerInfo) advisory.getDataStructure();
            assertEquals(((ActiveMQMessageConsumer) first).getConsumerId(), info.getConsumerId());
            assertEquals(destination, info.getDestination());
            assertEquals("a = 1", info.getSelector());
            assertEquals("Advisory", advisory.getType());
            assertEquals(1, advisory.getIntProperty(AdvisorySupport.MSG_PROPERTY_CONSUMER_COUNT));
            assertNotNull(advisory.getStringProperty(
                    AdvisorySupport.MSG_PROPERTY_ORIGIN_BROKER_ID));
            assertNotNull(advisory.getStringProperty(
                    AdvisorySupport.MSG_PROPERTY_ORIGIN_BROKER_NAME));
            session.createConsumer(destination);
            assertEquals(2,
                    next(watcher).getIntProperty(AdvisorySupport.MSG_PROPERTY_CONSUMER_COUNT));
            first.close();
            ActiveMQMessage gone = next(watcher);
            assertEquals(info.getConsumerId(),
                    ((RemoveInfo) gone.getDataStructure()).getObjectId());
            assertEquals(1, gone.getIntProperty(AdvisorySupport.MSG_PROPERTY_CONSUMER_COUNT));
        }
    }

    @Test
    public void consumersGoWithTheirConnection() throws Exception {
        MessageConsumer watcher = watch(AdvisorySupport.getConsumerAdvisoryTopic(jms.queue()));
        ActiveMQConnection connection = jms.connect();
        jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE).createConsumer(jms.queue());
        ConsumerInfo info = next(watcher, ConsumerInfo.class);
        jms.cutOff(connection);
        assertEquals(info.getConsumerId(), next(watcher, RemoveInfo.class).getObjectId());
    }

    @Test
    public void producersComeAndGo() throws Exception {
        MessageConsumer watcher = watch(AdvisorySupport.getProducerAdvisoryTopic(jms.queue()));
        MessageProducer producer =
                jms.session(Session.AUTO_ACKNOWLEDGE).createProducer(jms.queue());
        ActiveMQMessage advisory = next(watcher);
        ProducerInfo info = (ProducerInfo) advisory.getDataStructure();
        assertEquals(jms.queue(), info.getDestination());
        assertEquals(1, advisory.getIntProperty("producerCount"));
        producer.close();
        ActiveMQMessage gone = next(watcher);
        assertEquals(info.getProducerId(), ((RemoveInfo) gone.getDataStructure()).getObjectId());
        assertEquals(0, gone.getIntProperty("producerCount"));
    }

    @Test
    public void whoComesLaterHearsOfConsumersAndProducers() throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        session.createConsumer(jms.queue());
        session.createConsumer(jms.queue());
        session.createProducer(jms.queue());
        MessageConsumer watcher = watch(
                AdvisorySupport.getConsumerAdvisoryTopic(jms.queue()),
                AdvisorySupport.getProducerAdvisoryTopic(jms.queue()));
        int consumers = 0;
        int producers = 0;
        while (consumers < 2 || producers < 1) {
            DataStructure found = next(watcher).getDataStructure();
            consumers += found instanceof ConsumerInfo ? 1 : 0;
            producers += found instanceof ProducerInfo ? 1 : 0;
        }
    }

    /** The client library's own listeners for this. */
    @Test
    public void eventSourcesCount() throws Exception {
        ActiveMQConnection watching = jms.connect();
        AtomicInteger consumers = new AtomicInteger(-1);
        AtomicInteger producers = new AtomicInteger(-1);
        ConsumerEventSource source = new ConsumerEventSource(watching, jms.queue());
        source.setConsumerListener(event -> consumers.set(event.getConsumerCount()));
        source.start();
        ProducerEventSource sends = new ProducerEventSource(watching, jms.queue());
        sends.setProducerListener(event -> producers.set(event.getProducerCount()));
        sends.start();
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        MessageProducer producer = session.createProducer(jms.queue());
        JmsFixture.await(() -> consumers.get() == 1 && producers.get() == 1);
        consumer.close();
        producer.close();
        JmsFixture.await(() -> consumers.get() == 0 && producers.get() == 0);
        source.stop();
        sends.stop();
    }

    @Test
    public void subscriptionsAreForgotten() throws Exception {
        MessageConsumer watcher = watch(AdvisorySupport.getConsumerAdvisoryTopic(jms.topic()));
        ActiveMQConnection connection = jms.open();
        connection.setClientID(jms.queue().toString());
        connection.start();
        Session session = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        session.createDurableSubscriber(jms.topic(), "s").close();
        assertEquals("s", next(watcher, ConsumerInfo.class).getSubscriptionName());
        next(watcher, RemoveInfo.class);
        session.unsubscribe("s");
        assertEquals("s", next(watcher, RemoveSubscriptionInfo.class).getSubcriptionName());
    }

    @Test
    public void destinationsComeAndGo() throws Exception {
        jms.send(jms.queue(".before"), "a");
        MessageConsumer watcher = watch(AdvisorySupport.QUEUE_ADVISORY_TOPIC);
        Set<String> found = new HashSet<>();
        while (!found.contains(jms.queue(".before").getQueueName())) {
            found.add(next(watcher, DestinationInfo.class).getDestination().getPhysicalName());
        }
        ActiveMQConnection connection = jms.connect();
        jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE).createProducer(jms.queue())
                .send(new org.apache.activemq.command.ActiveMQMessage());
        DestinationInfo made;
        do {
            made = next(watcher, DestinationInfo.class);
        } while (!made.getDestination().equals(jms.queue()));
        assertEquals(DestinationInfo.ADD_OPERATION_TYPE, made.getOperationType());
        connection.destroyDestination((ActiveMQDestination) jms.queue());
        do {
            made = next(watcher, DestinationInfo.class);
        } while (!made.getDestination().equals(jms.queue()));
        assertEquals(DestinationInfo.REMOVE_OPERATION_TYPE, made.getOperationType());
    }

    /** It says nothing but that. */
    @Test
    public void whoComesLaterHearsOfTheBrokersStart() throws Exception {
        for (String topic : new String[] {"MasterBroker", ">"}) {
            MessageConsumer watcher = watch(new ActiveMQTopic("ActiveMQ.Advisory." + topic));
            ActiveMQMessage advisory;
            do {
                advisory = next(watcher);
            } while (!advisory.getDestination().equals(
                    AdvisorySupport.getMasterBrokerAdvisoryTopic()));
            assertEquals("Advisory", advisory.getType());
            assertNull(advisory.getDataStructure());
        }
    }

    // -- messages

    @Test
    public void messagesExpire() throws Exception {
        MessageConsumer watcher = watch(AdvisorySupport.getExpiredMessageTopic(jms.queue()));
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(jms.queue());
        producer.setTimeToLive(1);
        TextMessage message = session.createTextMessage("a");
        producer.send(message);
        // Handed out in time it would be the consumer's, which here takes none.
        JmsFixture.await(((ActiveMQMessage) message)::isExpired);
        session.createConsumer(jms.queue());
        ActiveMQMessage advisory = next(watcher);
        assertEquals(message.getJMSMessageID(), advisory.getStringProperty("orignalMessageId"));
    }

    @Test
    public void messagesDie() throws Exception {
        MessageConsumer watcher = watch(
                AdvisorySupport.getMessageDLQdAdvisoryTopic((ActiveMQDestination) jms.queue()));
        jms.send(jms.queue(), "a");
        Session session = jms.session(Session.SESSION_TRANSACTED,
                "jms.redeliveryPolicy.maximumRedeliveries=0");
        JmsFixture.receive(session.createConsumer(jms.queue()));
        session.rollback();
        assertNull("without its body", ((ActiveMQMessage) next(watcher).getDataStructure())
                .getContent());
    }

    @Test
    public void messagesAreAcceptedSentAndConsumed() throws Exception {
        ActiveMQDestination queue = (ActiveMQDestination) jms.queue();
        MessageConsumer accepted = watch(AdvisorySupport.getMessageDeliveredAdvisoryTopic(queue));
        MessageConsumer consumed = watch(AdvisorySupport.getMessageConsumedAdvisoryTopic(queue));
        Session session = jms.session(Session.CLIENT_ACKNOWLEDGE);
        TextMessage message = session.createTextMessage("a");
        session.createProducer(jms.queue()).send(message);
        assertEquals(message.getJMSMessageID(),
                next(accepted).getStringProperty("orignalMessageId"));
        JmsFixture.receive(session.createConsumer(jms.queue())).acknowledge();
        ActiveMQMessage advisory = next(consumed);
        assertEquals(message.getJMSMessageID(), advisory.getStringProperty("orignalMessageId"));
        assertEquals(message.getJMSMessageID(),
                ((ActiveMQMessage) advisory.getDataStructure()).getJMSMessageID());
    }

    @Test
    public void messagesOfTransactionsAreAcceptedAndConsumedAtTheCommit() throws Exception {
        assumeTrue(TestBroker.isOurs());
        ActiveMQDestination queue = (ActiveMQDestination) jms.queue();
        MessageConsumer watcher = watch(AdvisorySupport.getMessageDeliveredAdvisoryTopic(queue),
                AdvisorySupport.getMessageConsumedAdvisoryTopic(queue));
        Session session = jms.session(Session.SESSION_TRANSACTED);
        JmsFixture.send(session, jms.queue(), "lost");
        session.rollback();
        TextMessage message = session.createTextMessage("a");
        session.createProducer(jms.queue()).send(message);
        session.commit();
        assertEquals(message.getJMSMessageID(),
                next(watcher).getStringProperty("orignalMessageId"));
        MessageConsumer consumer = session.createConsumer(jms.queue());
        JmsFixture.receive(consumer);
        session.rollback();
        JmsFixture.receive(consumer);
        session.commit();
        ActiveMQMessage advisory = next(watcher);
        assertTrue(advisory.getDestination().getPhysicalName().contains("MessageConsumed"));
    }

    /** If they are not persistent; who listens there gets the message itself. */
    @Test
    public void messagesThatNobodyWants() throws Exception {
        MessageConsumer queues =
                watch(AdvisorySupport.getNoQueueConsumersAdvisoryTopic(jms.queue()));
        MessageConsumer topics =
                watch(AdvisorySupport.getNoTopicConsumersAdvisoryTopic(jms.topic()));
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(null);
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        producer.send(jms.topic(), session.createTextMessage("b"));
        assertEquals("b", JmsFixture.receiveText(topics));
        producer.send(jms.queue(), session.createTextMessage("a"));
        assertEquals("a", JmsFixture.receiveText(queues));
    }

    /** What cannot be handed out to them grows beyond their prefetch. */
    @Test
    public void slowConsumers() throws Exception {
        MessageConsumer watcher = watch(
                AdvisorySupport.getSlowConsumerAdvisoryTopic((ActiveMQDestination) jms.topic()));
        ActiveMQMessageConsumer slow = unacknowledging("jms.prefetchPolicy.topicPrefetch=2");
        jms.send(jms.topic(), JmsFixture.texts(20));
        ActiveMQMessage advisory = next(watcher);
        ConsumerInfo info = (ConsumerInfo) advisory.getDataStructure();
        assertEquals(slow.getConsumerId(), info.getConsumerId());
        assertEquals(jms.topic(), info.getDestination());
        assertEquals(2, info.getPrefetchSize());
        assertEquals(slow.getConsumerId().toString(),
                advisory.getStringProperty(AdvisorySupport.MSG_PROPERTY_CONSUMER_ID));
    }

    /** Two wait beyond what the consumer has been sent. */
    @Test
    public void discardedMessages() throws Exception {
        MessageConsumer watcher = watch(AdvisorySupport.getMessageDiscardedAdvisoryTopic(
                (ActiveMQDestination) jms.topic()));
        ActiveMQMessageConsumer slow = unacknowledging("jms.prefetchPolicy.topicPrefetch=1");
        jms.send(jms.topic(), JmsFixture.texts(10));
        for (int count = 1; count <= 7; count++) {
            ActiveMQMessage advisory = next(watcher);
            assertEquals(count, advisory.getIntProperty(
                    AdvisorySupport.MSG_PROPERTY_DISCARDED_COUNT));
            assertEquals(slow.getConsumerId().toString(),
                    advisory.getStringProperty(AdvisorySupport.MSG_PROPERTY_CONSUMER_ID));
            ActiveMQTextMessage lost = (ActiveMQTextMessage) advisory.getDataStructure();
            assertEquals("the oldest that waited", String.format("%06d", count), lost.getText());
        }
    }

    /** The document asks for what happens at this class's destinations, and at no others'. */
    @Test
    public void nothingIsSaidOfWhatNobodyAskedFor() throws Exception {
        ActiveMQQueue queue = new ActiveMQQueue("unwatched." + jms.queue().getQueueName());
        ActiveMQTopic topic = new ActiveMQTopic("unwatched." + jms.topic().getTopicName());
        ActiveMQDestination asked = (ActiveMQDestination) jms.queue();
        MessageConsumer watcher = watch(AdvisorySupport.getMessageDeliveredAdvisoryTopic(queue),
                AdvisorySupport.getMessageConsumedAdvisoryTopic(queue),
                AdvisorySupport.getNoQueueConsumersAdvisoryTopic(queue),
                AdvisorySupport.getNoTopicConsumersAdvisoryTopic(topic),
                AdvisorySupport.getSlowConsumerAdvisoryTopic(topic),
                AdvisorySupport.getMessageDiscardedAdvisoryTopic(topic),
                AdvisorySupport.getMessageConsumedAdvisoryTopic(asked));
        Session session = jms.session(Session.CLIENT_ACKNOWLEDGE,
                "jms.prefetchPolicy.topicPrefetch=1");
        MessageProducer producer = session.createProducer(null);
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        producer.send(topic, session.createTextMessage("nobody's"));
        session.createConsumer(topic);
        for (int count = 0; count < 10; ++count) {
            producer.send(topic, session.createTextMessage("too many"));
        }
        for (ActiveMQDestination one : new ActiveMQDestination[] {queue, asked}) {
            producer.send(one, session.createTextMessage("a"));
            JmsFixture.receive(session.createConsumer(one)).acknowledge();
        }
        assertEquals(AdvisorySupport.getMessageConsumedAdvisoryTopic(asked),
                next(watcher).getJMSDestination());
    }

    /** Without a destination of their own, if the broker's document says so. */
    @Test
    public void anonymousProducersComeAndGo() throws Exception {
        MessageConsumer watcher = watch(new ActiveMQTopic("ActiveMQ.Advisory.Producer.Anonymous"));
        MessageProducer producer = jms.session(Session.AUTO_ACKNOWLEDGE).createProducer(null);
        ProducerInfo info = next(watcher, ProducerInfo.class);
        assertNull(info.getDestination());
        producer.close();
        RemoveInfo gone;
        do {
            gone = next(watcher, RemoveInfo.class);
        } while (!gone.getObjectId().equals(info.getProducerId()));
    }

    // -- the language

    /** A consumer of the topic that has received all it may. */
    private ActiveMQMessageConsumer unacknowledging(String options) throws JMSException {
        Session session = jms.session(Session.CLIENT_ACKNOWLEDGE, options);
        return (ActiveMQMessageConsumer) session.createConsumer(jms.topic());
    }

    private MessageConsumer watch(Topic... topics) throws JMSException {
        StringBuilder names = new StringBuilder();
        for (Topic topic : topics) {
            names.append(names.length() == 0 ? "" : ",").append(topic.getTopicName());
        }
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        return session.createConsumer(session.createTopic(names.toString()));
    }

    private static ActiveMQMessage next(MessageConsumer watcher) throws JMSException {
        return (ActiveMQMessage) JmsFixture.receive(watcher);
    }

    private static <T> T next(MessageConsumer watcher, Class<T> wanted) throws JMSException {
        DataStructure payload;
        do {
            payload = next(watcher).getDataStructure();
        } while (!wanted.isInstance(payload));
        return wanted.cast(payload);
    }
}
