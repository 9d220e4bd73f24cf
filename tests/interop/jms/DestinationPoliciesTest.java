package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
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
import org.apache.activemq.ActiveMQMessageConsumer;
import org.apache.activemq.advisory.AdvisorySupport;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;
import org.apache.activemq.command.DestinationInfo;
import org.junit.Rule;
import org.junit.Test;

/** What this broker has besides ActiveMQ Classic, by the document of this name. */
public class DestinationPoliciesTest {
    private static final int QUIET_MS = 300;

    @Rule public final JmsFixture jms = new JmsFixture();

    // -- where messages go

    @Test
    public void aDivertCopies() throws Exception {
        jms.send(queue("Divert.copied"), "a", "b");
        assertEquals(List.of("a", "b"), taken("Divert.copied", 2));
        assertEquals(List.of("a", "b"), taken("Divert.copy", 2));
    }

    @Test
    public void anExclusiveDivertLeavesNothing() throws Exception {
        MessageConsumer itself = consumer(queue("Divert.moved"));
        jms.send(queue("Divert.moved"), "a");
        assertEquals(List.of("a"), taken("Divert.one", 1));
        assertEquals(List.of("a"), taken("Divert.two", 1));
        assertNull(itself.receive(QUIET_MS));
    }

    @Test
    public void aDivertMayTakeSome() throws Exception {
        send("Divert.some", "small", 1);
        send("Divert.some", "large", 200);
        assertEquals(List.of("small"), taken("Divert.some", 1));
        assertEquals(List.of("large"), taken("Divert.large", 1));
    }

    @Test
    public void aDivertMayLeadToATopic() throws Exception {
        MessageConsumer news = consumer(new ActiveMQTopic("Divert.news"));
        jms.send(queue("Divert.told"), "a");
        assertEquals("a", JmsFixture.receiveText(news));
        assertEquals(List.of("a"), taken("Divert.told", 1));
    }

    @Test
    public void aMirrorShowsWhatQueuesGet() throws Exception {
        MessageConsumer tap = consumer(new ActiveMQTopic("Mirror.Plain.queue"));
        jms.send(queue("Plain.queue"), "a", "b");
        assertEquals(List.of("a", "b"), JmsFixture.receiveTexts(tap, 2));
        assertEquals(List.of("a", "b"), taken("Plain.queue", 2));
    }

    @Test
    public void aQualifiedNameIsAQueueOfATopic() throws Exception {
        MessageConsumer one = consumer(new ActiveMQTopic("Orders::one"));
        MessageConsumer two = consumer(queue("Orders::two"));
        jms.send(new ActiveMQTopic("Orders"), "a", "b");
        assertEquals(List.of("a", "b"), JmsFixture.receiveTexts(one, 2));
        assertEquals(List.of("a", "b"), JmsFixture.receiveTexts(two, 2));
        one.close();
        jms.send(new ActiveMQTopic("Orders"), "c");
        assertEquals(List.of("c"), taken("Orders::one", 1));
    }

    @Test
    public void headersMayBeRuled() throws Exception {
        jms.send(queue("Headers.ruled"), "a");
        Message ruled = JmsFixture.receive(consumer(queue("Headers.ruled")));
        assertEquals(DeliveryMode.NON_PERSISTENT, ruled.getJMSDeliveryMode());
        assertEquals(3_600_000, ruled.getJMSExpiration() - ruled.getJMSTimestamp());
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(queue("Headers.capped"));
        producer.setTimeToLive(36_000_000);
        producer.send(session.createTextMessage("b"));
        Message capped = JmsFixture.receive(consumer(queue("Headers.capped")));
        assertEquals(7_200_000, capped.getJMSExpiration() - capped.getJMSTimestamp());
    }

    @Test
    public void thoseWhoWatchHearWhoWasSentWhat() throws Exception {
        MessageConsumer watcher =
                consumer(
                new ActiveMQTopic("ActiveMQ.Advisory.MessageDispatched.Queue.Watched.queue"));
        ActiveMQMessageConsumer consumer =
                (ActiveMQMessageConsumer) consumer(queue("Watched.queue"));
        jms.send(queue("Watched.queue"), "a");
        Message sent = JmsFixture.receive(consumer);
        Message advisory = JmsFixture.receive(watcher);
        assertEquals(sent.getJMSMessageID(), advisory.getStringProperty("orignalMessageId"));
        assertEquals(consumer.getConsumerId().toString(),
                advisory.getStringProperty(AdvisorySupport.MSG_PROPERTY_CONSUMER_ID));
    }

    @Test
    public void aLateQueueHoldsTheLastOfItsTopic() throws Exception {
        for (String topic : List.of("Past.orders", "VirtualTopic.Past.orders")) {
            jms.send(new ActiveMQTopic(topic), "1", "2", "3", "4", "5");
            String late = topic.startsWith("V") ? "Consumer.A." + topic : topic + "::late";
            assertEquals(topic, List.of("3", "4", "5"), taken(late, 3));
            jms.send(new ActiveMQTopic(topic), "6");
            assertEquals(topic, List.of("6"), taken(late, 1));
            MessageConsumer subscriber = consumer(new ActiveMQTopic(topic));
            assertEquals(List.of("4", "5", "6"), JmsFixture.receiveTexts(subscriber, 3));
        }
    }

    // -- what stays on a queue

    @Test
    public void theNewestOfEachKeyStays() throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(queue("Last.prices"));
        for (int i = 0; i < 10; i++) {
            TextMessage message = session.createTextMessage("" + i);
            message.setStringProperty("key", i % 2 == 0 ? "even" : "odd");
            producer.send(message);
        }
        assertEquals(List.of("8", "9"), taken("Last.prices", 2));
    }

    @Test
    public void aRingDropsTheOldest() throws Exception {
        jms.send(queue("Ring.queue"), "1", "2", "3", "4");
        assertEquals(List.of("2", "3", "4"), taken("Ring.queue", 3));
    }

    @Test
    public void everybodyMayGetEverything() throws Exception {
        jms.send(queue("Stays.queue"), "1", "2");
        assertEquals(List.of("1", "2"), taken("Stays.queue", 2));
        assertEquals(List.of("1", "2"), taken("Stays.queue", 2));
    }

    @Test
    public void aQueueMayHaveTwoConsumers() throws Exception {
        MessageConsumer first = consumer(queue("Two.queue"));
        consumer(queue("Two.queue"));
        assertThrows(JMSException.class, () -> consumer(queue("Two.queue")));
        first.close();
        JmsFixture.await(() -> mayConsume(queue("Two.queue")));
    }

    @Test
    public void withoutConsumersNothingWaits() throws Exception {
        jms.send(queue("Purged.queue"), "lost");
        MessageConsumer slow = consumer(queue("Purged.queue?consumer.prefetchSize=1"));
        jms.send(queue("Purged.queue"), "1", "2");
        assertEquals("1", JmsFixture.receiveText(slow));
        slow.close();
        assertEquals(List.of(), taken("Purged.queue", 0));
    }

    @Test
    public void aQueueGetsWhatItsFilterTakes() throws Exception {
        send("Filtered.queue", "small", 1);
        send("Filtered.queue", "large", 200);
        assertEquals(List.of("large"), taken("Filtered.queue", 1));
    }

    @Test
    public void aDisabledQueueTakesNothing() throws Exception {
        jms.send(queue("Disabled.queue"), "a");
        assertEquals(List.of(), taken("Disabled.queue", 0));
    }

    // -- which queues there are

    @Test
    public void aQueueMayHaveToBeThere() throws Exception {
        jms.send(queue("Made.there"), "a");
        assertEquals(List.of("a"), taken("Made.there", 1));
        JMSException refused =
                assertThrows(JMSException.class, () -> jms.send(queue("Made.absent"), "a"));
        assertTrue(refused.toString(), refused.toString().contains("DoesNotExist")
                || String.valueOf(refused.getCause()).contains("DoesNotExist"));
        assertThrows(JMSException.class, () -> consumer(queue("Made.absent")));
    }

    @Test
    public void aQueueMayLeaveWithItsLastConsumer() throws Exception {
        ActiveMQQueue queue = queue("Leaves.queue");
        jms.send(queue, "a");
        JmsFixture.await(() -> isThere(queue));
        assertEquals(List.of("a"), taken("Leaves.queue", 1));
        JmsFixture.await(() -> !isThere(queue));
    }

    @Test
    public void someQueuesAreThereFromTheStart() throws Exception {
        JmsFixture.await(() -> isThere(queue("Start.queue")) && isThere(queue("Start.letters")));
        assertFalse(isThere(queue("Start.other")));
    }

    @Test
    public void someTopicsAreThereFromTheStart() throws Exception {
        JmsFixture.await(() -> isThere(new ActiveMQTopic("Start.topic")));
        assertFalse(isThere(new ActiveMQTopic("Start.other")));
    }

    @Test
    public void aLevelMayBeWrittenInAnotherWay() throws Exception {
        MessageConsumer all = consumer(new ActiveMQTopic("Path/*/news"));
        MessageConsumer one = consumer(new ActiveMQTopic("Path.to.news"));
        jms.send(new ActiveMQTopic("Path/to/news"), "a");
        jms.send(new ActiveMQTopic("Path.to.news"), "b");
        for (MessageConsumer consumer : List.of(all, one)) {
            Message first = JmsFixture.receive(consumer);
            assertEquals("a", ((TextMessage) first).getText());
            assertEquals("as its sender wrote it", new ActiveMQTopic("Path/to/news"),
                    first.getJMSDestination());
            assertEquals("b", ((TextMessage) JmsFixture.receive(consumer)).getText());
        }
        jms.send(queue("Path/to/queue"), "c");
        assertEquals(List.of("c"), taken("Path.to.queue", 1));
    }

    @Test
    public void deadLettersAndTheExpiredHaveAddresses() throws Exception {
        ActiveMQConnection connection = jms.open();
        connection.getRedeliveryPolicy().setMaximumRedeliveries(9);
        connection.getRedeliveryPolicy().setInitialRedeliveryDelay(0);
        connection.getRedeliveryPolicy().setRedeliveryDelay(0);
        connection.start();
        Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
        jms.send(queue("Letters.queue"), "dies");
        MessageConsumer consumer = session.createConsumer(queue("Letters.queue"));
        for (int delivery = 0; delivery < 10; delivery++) {
            assertEquals("dies", ((TextMessage) JmsFixture.receive(consumer)).getText());
            session.rollback();
        }
        Message dead = JmsFixture.receive(consumer(queue("Dead.letters")));
        assertEquals("dies", ((TextMessage) dead).getText());
        assertEquals("Letters.queue", dead.getStringProperty("_AMQ_ORIG_ADDRESS"));
        connection.close();
        Session other = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = other.createProducer(queue("Letters.queue"));
        producer.setTimeToLive(50);
        producer.send(other.createTextMessage("expires"));
        Message expired = JmsFixture.receive(consumer(queue("Expired.letters")));
        assertEquals("expires", ((TextMessage) expired).getText());
        assertEquals("Letters.queue", expired.getStringProperty("_AMQ_ORIG_ADDRESS"));
    }

    // -- message groups

    @Test
    public void thePropertyOfAGroupsFirstMessageHasAName() throws Exception {
        MessageConsumer consumer = consumer(queue("Groups.first"));
        sendGroup("Groups.first", "A", "A", "B");
        Message[] got = new Message[3];
        for (int i = 0; i < got.length; i++) {
            got[i] = JmsFixture.receive(consumer);
        }
        assertTrue(got[0].getBooleanProperty("opens"));
        assertFalse(got[1].propertyExists("opens"));
        assertTrue(got[2].getBooleanProperty("opens"));
    }

    @Test
    public void groupsMayNotCount() throws Exception {
        MessageConsumer one = consumer(queue("Groups.none?consumer.prefetchSize=1"));
        MessageConsumer two = consumer(queue("Groups.none?consumer.prefetchSize=1"));
        sendGroup("Groups.none", "A", "A");
        JmsFixture.receive(one);
        JmsFixture.receive(two);
    }

    @Test
    public void groupsMayBeSharedOutAnew() throws Exception {
        MessageConsumer one = consumer(queue("Groups.anew"));
        sendGroup("Groups.anew", "A", "B");
        JmsFixture.receiveTexts(one, 2);
        MessageConsumer two = consumer(queue("Groups.anew"));
        sendGroup("Groups.anew", "A", "B");
        JmsFixture.receive(one);
        JmsFixture.receive(two);
    }

    // -- who sent it

    @Test
    public void messagesSayWhoSentThem() throws Exception {
        ActiveMQConnection ada = (ActiveMQConnection) JmsFixture.factory(TestBroker.url())
                .createConnection("ada", "ada-secret");
        ada.start();
        Session session = jms.sessionOn(ada, Session.AUTO_ACKNOWLEDGE);
        TextMessage forged = session.createTextMessage("a");
        ((ActiveMQMessage) forged).setUserID("mallory");
        session.createProducer(queue("Users")).send(forged);
        JmsFixture.close(ada);
        jms.send(queue("Users"), "b");
        MessageConsumer consumer = consumer(queue("Users"));
        assertEquals("ada", JmsFixture.receive(consumer).getStringProperty("JMSXUserID"));
        assertEquals("nobody", JmsFixture.receive(consumer).getStringProperty("JMSXUserID"));
    }

    private boolean mayConsume(Queue queue) {
        try {
            consumer((ActiveMQDestination) queue);
            return true;
        } catch (JMSException refused) {
            return false;
        }
    }

    /**
     * Whether somebody who asks is told of it. By receiving: the client's DestinationSource
     * listens, and now and then forgets what comes while it begins to.
     */
    private boolean isThere(ActiveMQDestination destination) {
        try {
            MessageConsumer told =
                    consumer(AdvisorySupport.getDestinationAdvisoryTopic(destination));
            try {
                ActiveMQMessage one;
                while ((one = (ActiveMQMessage) told.receive(QUIET_MS)) != null) {
                    var info = (DestinationInfo) one.getDataStructure();
                    if (info.isAddOperation() && info.getDestination().equals(destination)) {
                        return true;
                    }
                }
            } finally {
                told.close();
            }
            return false;
        } catch (JMSException broken) {
            throw new AssertionError(broken);
        }
    }

    private static ActiveMQQueue queue(String name) {
        return new ActiveMQQueue(name);
    }

    private MessageConsumer consumer(ActiveMQDestination from) throws JMSException {
        return jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(from);
    }

    private void send(String to, String text, int number) throws JMSException {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        TextMessage message = session.createTextMessage(text);
        message.setIntProperty("number", number);
        session.createProducer(queue(to)).send(message);
    }

    private void sendGroup(String to, String... groups) throws JMSException {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(queue(to));
        for (int i = 0; i < groups.length; i++) {
            TextMessage message = session.createTextMessage(groups[i] + i);
            message.setStringProperty("JMSXGroupID", groups[i]);
            producer.send(message);
        }
    }

    /** As many as should be there, and what is there besides; who took them has gone then. */
    private List<String> taken(String name, int count) throws JMSException {
        ActiveMQConnection connection = jms.connect();
        MessageConsumer consumer = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE)
                .createConsumer(queue(name));
        List<String> texts = JmsFixture.receiveTexts(consumer, count);
        for (TextMessage more = (TextMessage) consumer.receive(QUIET_MS); more != null;
                more = (TextMessage) consumer.receive(QUIET_MS)) {
            texts.add(more.getText());
        }
        connection.close();
        return texts;
    }
}
