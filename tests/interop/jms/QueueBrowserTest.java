package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;

import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import javax.jms.MessageConsumer;
import javax.jms.QueueBrowser;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.junit.Rule;
import org.junit.Test;

/** A browser shows what a queue holds, in order, takes nothing and comes to an end. */
public class QueueBrowserTest {
    private static final int MESSAGES = 200;

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
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE, options);
        QueueBrowser browser = session.createBrowser(jms.queue());
        List<String> texts = new ArrayList<>();
        Enumeration<?> messages = browser.getEnumeration();
        while (messages.hasMoreElements()) {
            texts.add(((TextMessage) messages.nextElement()).getText());
        }
        browser.close();
        return texts;
    }
}
