package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.Collections;
import java.util.HashSet;
import java.util.Enumeration;
import java.util.List;
import java.util.Set;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;
import javax.jms.Topic;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;
import org.junit.Rule;
import org.junit.Test;

/** Wildcards, composite names and options in names. */
public class DestinationNamesTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void wildcardOfTopics() throws Exception {
        MessageConsumer one = consume(new ActiveMQTopic(name() + ".*"));
        MessageConsumer rest = consume(new ActiveMQTopic(name() + ".>"));
        jms.send(jms.topic(".a"), "a");
        jms.send(jms.topic(".a.b"), "ab");
        jms.send(jms.topic(".c"), "c");
        assertEquals(List.of("a", "c"), JmsFixture.receiveTexts(one, 2));
        Message first = JmsFixture.receive(rest);
        assertEquals(jms.topic(".a"), first.getJMSDestination());
        assertEquals(List.of("ab", "c"), JmsFixture.receiveTexts(rest, 2));
    }

    @Test
    public void wildcardOfQueues() throws Exception {
        jms.send(jms.queue(".a"), "a");
        MessageConsumer all = consume(new ActiveMQQueue(name() + ".>"));
        TextMessage message = (TextMessage) JmsFixture.receive(all);
        assertEquals("a", message.getText());
        assertEquals(jms.queue(".a"), message.getJMSDestination());
        jms.send(jms.queue(".new.b"), "b");
        message = (TextMessage) JmsFixture.receive(all);
        assertEquals("b", message.getText());
        assertEquals(jms.queue(".new.b"), message.getJMSDestination());
        jms.send(new ActiveMQQueue("other." + name()), "c");
        all.close();
        jms.expectHolds(new ActiveMQQueue("other." + name()), "c");
        jms.expectHolds(jms.queue(".a"));
    }

    @Test
    public void wildcardConsumerInATransaction() throws Exception {
        jms.send(jms.queue(".a"), "a");
        jms.send(jms.queue(".b"), "b");
        Session session = jms.session(Session.SESSION_TRANSACTED);
        MessageConsumer all = session.createConsumer(new ActiveMQQueue(name() + ".*"));
        Set<String> seen = new HashSet<>(JmsFixture.receiveTexts(all, 2));
        session.rollback();
        assertEquals(seen, new HashSet<>(JmsFixture.receiveTexts(all, 2)));
        session.commit();
        session.close();
        jms.expectHolds(jms.queue(".a"));
        jms.expectHolds(jms.queue(".b"));
    }

    @Test
    public void sendingToSeveralAtOnce() throws Exception {
        MessageConsumer topic = consume(jms.topic(".t"));
        Queue all = new ActiveMQQueue(
                name() + ".a, " + name() + ".b,topic://" + name() + ".t," + name() + ".a");
        jms.send(all, "m");
        assertEquals("m", JmsFixture.receiveText(topic));
        jms.expectHolds(jms.queue(".a"), "m");
        MessageConsumer b = consume(jms.queue(".b"));
        Message copy = JmsFixture.receive(b);
        assertEquals(jms.queue(".b"), copy.getJMSDestination());
    }

    @Test
    public void sendingToSeveralInATransaction() throws Exception {
        Session session = jms.session(Session.SESSION_TRANSACTED);
        Queue both = new ActiveMQQueue(name() + ".a," + name() + ".b");
        JmsFixture.send(session, both, "rolled back");
        session.rollback();
        JmsFixture.send(session, both, "committed");
        session.commit();
        jms.expectHolds(jms.queue(".a"), "committed");
        jms.expectHolds(jms.queue(".b"), "committed");
    }

    @Test
    public void consumingFromSeveralQueues() throws Exception {
        MessageConsumer both = consume(new ActiveMQQueue(name() + ".a," + name() + ".b"));
        jms.send(jms.queue(".a"), "1");
        assertEquals("1", JmsFixture.receiveText(both));
        jms.send(jms.queue(".b"), "2");
        assertEquals("2", JmsFixture.receiveText(both));
    }

    @Test
    public void oneWindowOverSeveralQueues() throws Exception {
        jms.send(jms.queue(".a"), JmsFixture.texts(20));
        jms.send(jms.queue(".b"), JmsFixture.texts(20));
        Session session = jms.session(
                Session.CLIENT_ACKNOWLEDGE, "jms.prefetchPolicy.queuePrefetch=10");
        MessageConsumer both =
                session.createConsumer(new ActiveMQQueue(name() + ".a," + name() + ".b"));
        JmsFixture.awaitPrefetched(both, 10);
        Message last = null;
        for (int i = 0; i < 40; i++) {
            last = JmsFixture.receive(both);
        }
        last.acknowledge();
        session.close();
        jms.expectHolds(jms.queue(".a"));
        jms.expectHolds(jms.queue(".b"));
    }

    @Test
    public void pullingFromSeveralQueues() throws Exception {
        Session session = jms.session(
                Session.AUTO_ACKNOWLEDGE, "jms.prefetchPolicy.queuePrefetch=0");
        MessageConsumer both =
                session.createConsumer(new ActiveMQQueue(name() + ".a," + name() + ".b"));
        assertEquals(null, both.receiveNoWait());
        jms.send(jms.queue(".b"), "1", "2");
        jms.send(jms.queue(".a"), "3");
        List<String> seen = JmsFixture.receiveTexts(both, 3);
        Collections.sort(seen);
        assertEquals(List.of("1", "2", "3"), seen);
        assertEquals(null, both.receiveNoWait());
    }

    @Test
    public void optionsInTheNameAreTheClientsAndTheConsumers() throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(session.createQueue(
                name() + "?consumer.prefetchSize=1&consumer.selector=kind%3D%27x%27"));
        Message message = session.createTextMessage("x");
        message.setStringProperty("kind", "x");
        jms.send(jms.queue(), "no kind");
        session.createProducer(jms.queue()).send(message);
        assertEquals("x", JmsFixture.receiveText(consumer));
        consumer.close();
        jms.expectHolds(jms.queue(), "no kind");
    }

    @Test
    public void aBrowserOfSeveralQueuesEndsOnce() throws Exception {
        jms.send(jms.queue(".a"), "1", "2");
        jms.send(jms.queue(".b"), "3");
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        Enumeration<?> browsing = session.createBrowser(
                new ActiveMQQueue(name() + ".a," + name() + ".b")).getEnumeration();
        List<?> seen = Collections.list(browsing);
        assertTrue(seen.toString(), seen.size() == 3);
    }

    private String name() throws Exception {
        return ((Topic) jms.topic()).getTopicName();
    }

    private MessageConsumer consume(javax.jms.Destination destination) throws Exception {
        return jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(destination);
    }
}
