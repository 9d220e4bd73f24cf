package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.jms.Destination;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageFormatException;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ScheduledMessage;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;

/** Messages that are delivered later, and more than once (`schedulerSupport="true"`). */
public class ScheduledMessagesTest {
    /** Beyond any test. */
    private static final long HOUR_MS = 3_600_000;
    /** Longer than it takes to send another one, on a busy machine, too. */
    private static final long LATER_MS = 3000;

    @Rule public final JmsFixture jms = new JmsFixture();

    private Session session;

    @Before
    public void connect() throws Exception {
        session = jms.session(Session.AUTO_ACKNOWLEDGE);
    }

    @Test
    public void comesLaterThanWhatIsSentLater() throws Exception {
        long start = System.currentTimeMillis();
        TextMessage sent = delayed("later", LATER_MS);
        send(session, jms.queue(), sent, 0);
        JmsFixture.send(session, jms.queue(), "now");

        MessageConsumer consumer = session.createConsumer(jms.queue());
        assertEquals("now", JmsFixture.receiveText(consumer));
        TextMessage came = (TextMessage) JmsFixture.receive(consumer);
        assertTrue(System.currentTimeMillis() - start >= LATER_MS);
        assertEquals("later", came.getText());
        assertEquals(sent.getJMSMessageID(), came.getJMSMessageID());
        assertEquals("kept", came.getStringProperty("application"));
        assertNotNull(came.getStringProperty("scheduledJobId"));
        assertFalse(came.propertyExists(ScheduledMessage.AMQ_SCHEDULED_DELAY));
        assertFalse(came.getJMSRedelivered());
    }

    @Test
    public void comeInTheOrderOfTheirTimes() throws Exception {
        // At once: each of them counts from when it was sent.
        Session transacted = jms.session(Session.SESSION_TRANSACTED);
        for (int second : new int[] {3, 1, 2}) {
            send(transacted, jms.queue(), delayed("after " + second, second * 1000L), 0);
        }
        transacted.commit();
        MessageConsumer consumer = session.createConsumer(jms.queue());
        assertEquals(List.of("after 1", "after 2", "after 3"),
                JmsFixture.receiveTexts(consumer, 3));
    }

    @Test
    public void repeatsEachWithAnIdOfItsOwn() throws Exception {
        MessageConsumer consumer = session.createConsumer(jms.topic());
        TextMessage message = delayed("again", 500);
        message.setLongProperty(ScheduledMessage.AMQ_SCHEDULED_PERIOD, 500);
        message.setIntProperty(ScheduledMessage.AMQ_SCHEDULED_REPEAT, 3);
        send(session, jms.topic(), message, 0);

        Set<String> ids = new HashSet<>();
        Set<String> jobs = new HashSet<>();
        for (int delivery = 0; delivery < 4; delivery++) {
            Message came = JmsFixture.receive(consumer);
            ids.add(came.getJMSMessageID());
            jobs.add(came.getStringProperty("scheduledJobId"));
        }
        assertEquals(4, ids.size());
        assertEquals(1, jobs.size());
        jms.expectNothingMore(jms.topic(), consumer);
    }

    @Test
    public void tooManyRepeatsAreRefused() throws Exception {
        TextMessage message = delayed("again", 500);
        message.setIntProperty(ScheduledMessage.AMQ_SCHEDULED_REPEAT, 1001);
        assertThrows(MessageFormatException.class, () -> send(session, jms.queue(), message, 0));
        jms.expectHolds(jms.queue());
    }

    @Test
    public void livesFromItsDeliveryOn() throws Exception {
        final long livesMs = 600_000;
        long start = System.currentTimeMillis();
        send(session, jms.queue(), delayed("alive", 1500), livesMs);
        Message came = JmsFixture.receive(session.createConsumer(jms.queue()));
        assertTrue(came.getJMSExpiration() >= start + 1500 + livesMs);
    }

    @Test
    public void onlyACommitSchedules() throws Exception {
        Session transacted = jms.session(Session.SESSION_TRANSACTED);
        send(transacted, jms.queue(), delayed("forgotten", 500), 0);
        transacted.rollback();
        send(transacted, jms.queue(), delayed("kept", 500), 0);
        transacted.commit();
        send(session, jms.queue(), delayed("last", 2000), 0);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        assertEquals(List.of("kept", "last"), JmsFixture.receiveTexts(consumer, 2));
    }

    /** ActiveMQ looks at what the message asks for only after the commit, and then drops it. */
    @Test
    public void whatIsRefusedSpoilsItsTransaction() throws Exception {
        assumeTrue(TestBroker.isOurs());
        Session transacted = jms.session(Session.SESSION_TRANSACTED);
        JmsFixture.send(transacted, jms.queue(), "with it");
        TextMessage message = delayed("again", 500);
        message.setIntProperty(ScheduledMessage.AMQ_SCHEDULED_REPEAT, 1001);
        send(transacted, jms.queue(), message, 0);
        assertThrows(JMSException.class, transacted::commit);
        jms.expectHolds(jms.queue());
    }

    @Test
    public void survivesTheBroker() throws Exception {
        send(session, jms.queue(), delayed("kept", 2000), 0);
        TestBroker.kill();
        TestBroker.start();
        Session after = jms.session(Session.AUTO_ACKNOWLEDGE);
        assertEquals("kept", JmsFixture.receiveText(after.createConsumer(jms.queue())));
    }

    @Test
    public void isListedAndRemovedByMessages() throws Exception {
        manage("REMOVEALL", null, null);
        for (String name : new String[] {"a", "b", "c"}) {
            send(session, jms.queue(), delayed(name, HOUR_MS), 0);
        }
        TextMessage daily = session.createTextMessage("daily");
        daily.setStringProperty(ScheduledMessage.AMQ_SCHEDULED_CRON, "0 0 * * *");
        send(session, jms.queue(), daily, 0);

        List<TextMessage> all = browse(4);
        assertEquals(List.of("a", "b", "c", "daily"), names(all));
        for (TextMessage one : all) {
            if (one.getText().equals("b")) {
                manage("REMOVE", null, one.getStringProperty("scheduledJobId"));
            }
        }
        assertEquals(List.of("a", "c", "daily"), names(browse(3)));
        manage("REMOVEALL", null, null);
        browse(0);
    }

    // -- the little language of these stories

    private TextMessage delayed(String text, long delayMs) throws JMSException {
        TextMessage message = session.createTextMessage(text);
        message.setLongProperty(ScheduledMessage.AMQ_SCHEDULED_DELAY, delayMs);
        message.setStringProperty("application", "kept");
        return message;
    }

    private static void send(Session session, Destination to, Message message, long timeToLiveMs)
            throws JMSException {
        MessageProducer producer = session.createProducer(to);
        producer.setTimeToLive(timeToLiveMs);
        producer.send(message);
        producer.close();
    }

    private void manage(String action, Destination replyTo, String jobId) throws JMSException {
        Message order = session.createMessage();
        order.setStringProperty(ScheduledMessage.AMQ_SCHEDULER_ACTION, action);
        order.setJMSReplyTo(replyTo);
        if (jobId != null) {
            order.setStringProperty(ScheduledMessage.AMQ_SCHEDULED_ID, jobId);
        }
        Destination scheduler =
                session.createTopic(ScheduledMessage.AMQ_SCHEDULER_MANAGEMENT_DESTINATION);
        send(session, scheduler, order, 0);
    }

    /** What is listed must be exactly so many: what comes next is the marker. */
    private List<TextMessage> browse(int count) throws JMSException {
        Destination replies = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(replies);
        manage(ScheduledMessage.AMQ_SCHEDULER_ACTION_BROWSE, replies, null);
        List<TextMessage> all = new ArrayList<>();
        while (all.size() < count) {
            all.add((TextMessage) JmsFixture.receive(consumer));
        }
        JmsFixture.send(session, replies, "marker");
        assertEquals("marker", JmsFixture.receiveText(consumer));
        consumer.close();
        return all;
    }

    private static List<String> names(List<TextMessage> messages) throws JMSException {
        List<String> names = new ArrayList<>();
        for (TextMessage message : messages) {
            names.add(message.getText());
        }
        Collections.sort(names);
        return names;
    }
}
