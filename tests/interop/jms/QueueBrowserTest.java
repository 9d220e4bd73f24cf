package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assume.assumeTrue;

import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import javax.jms.MessageConsumer;
import javax.jms.Queue;
import javax.jms.QueueBrowser;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.Rule;
import org.junit.Test;

/** A browser shows what a queue holds, in order, takes nothing and comes to an end. */
public class QueueBrowserTest {
    private static final int MESSAGES = 200;
    /** The maxBrowsePageSize of a policy that does not say another. */
    private static final int MOST = 400;

    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void emptyQueue() throws Exception {
        assertEquals(List.of(), browse());
    }

    @Test
    public void showsAllAndTakesNothing() throws Exception {
        jms.send(jms.queue(), JmsFixture.texts(MESSAGES));
        assertEquals(List.of(JmsFixture.texts(MESSAGES)), browse());
        assertEquals(List.of(JmsFixture.texts(MESSAGES)), browse());
        jms.expectHolds(jms.queue(), JmsFixture.texts(MESSAGES));
    }

    @Test
    public void showsAllWhereNoPolicyIsForIt() throws Exception {
        jms.send(jms.queue(), JmsFixture.texts(MOST + 1));
        assertEquals(List.of(JmsFixture.texts(MOST + 1)), browse());
    }

    @Test
    public void showsAsManyAsThePolicyOfItsQueueSays() throws Exception {
        Queue ruled = new ActiveMQQueue("QueueBrowserTest.ruled.all");
        Queue raised = new ActiveMQQueue("QueueBrowserTest.raised");
        jms.send(ruled, JmsFixture.texts(MOST + 1));
        jms.send(raised, JmsFixture.texts(MOST + 1));
        assertEquals(List.of(JmsFixture.texts(MOST)), browse(ruled, null));
        assertEquals(List.of(JmsFixture.texts(MOST)),
                browse(ruled, null, "jms.prefetchPolicy.queueBrowserPrefetch=10"));
        assertEquals(List.of(JmsFixture.texts(MOST + 1)), browse(raised, null));
    }

    @Test
    public void aSelectorIsLookedForBehindThose() throws Exception {
        assumeTrue(TestBroker.isOurs());
        Queue ruled = new ActiveMQQueue("QueueBrowserTest.ruled.selected");
        jms.send(ruled, JmsFixture.texts(MOST + 1));
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        TextMessage last = session.createTextMessage("last");
        last.setIntProperty("number", 7);
        session.createProducer(ruled).send(last);
        assertEquals(List.of("last"), browse(ruled, "number = 7"));
    }

    @Test
    public void browsesMoreThanItsPrefetch() throws Exception {
        jms.send(jms.queue(), JmsFixture.texts(MESSAGES));
        assertEquals(List.of(JmsFixture.texts(MESSAGES)),
                browse("jms.prefetchPolicy.queueBrowserPrefetch=10"));
    }

    @Test
    public void browsedMessagesAreNotMarkedRedelivered() throws Exception {
        jms.send(jms.queue(), "a");
        browse();
        MessageConsumer consumer =
                jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(jms.queue());
        assertFalse(JmsFixture.receive(consumer).getJMSRedelivered());
    }

    @Test
    public void consumersAreNotDisturbed() throws Exception {
        jms.send(jms.queue(), "a", "b");
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        Enumeration<?> browsing = session.createBrowser(jms.queue()).getEnumeration();
        assertEquals("a", ((TextMessage) browsing.nextElement()).getText());
        jms.expectHolds(jms.queue(), "a", "b");
    }

    private List<String> browse(String... options) throws Exception {
        return browse(jms.queue(), null, options);
    }

    private List<String> browse(Queue queue, String selector, String... options)
            throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE, options);
        QueueBrowser browser = session.createBrowser(queue, selector);
        List<String> texts = new ArrayList<>();
        Enumeration<?> messages = browser.getEnumeration();
        while (messages.hasMoreElements()) {
            texts.add(((TextMessage) messages.nextElement()).getText());
        }
        browser.close();
        return texts;
    }
}
