package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.Rule;
import org.junit.Test;

/** Who gets what of a queue, by policies of the broker's document for `DispatchPoliciesTest`. */
public class DispatchPoliciesTest {
    private static final String PREFIX = "DispatchPoliciesTest.";
    private static final int QUIET_MS = 300;

    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void theHighestPriorityComesFirst() throws Exception {
        Queue queue = queue("prioritized");
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(queue);
        for (int priority : new int[] {1, 9, 4, 1, 9, 4}) {
            producer.setPriority(priority);
            producer.send(session.createTextMessage("p" + priority));
        }
        assertEquals(List.of("p9", "p9", "p4", "p4", "p1", "p1"),
                JmsFixture.receiveTexts(session.createConsumer(queue), 6));
    }

    @Test
    public void inStrictOrderTheFirstConsumerIsFilledFirst() throws Exception {
        Queue queue = queue("strict?consumer.prefetchSize=5");
        MessageConsumer first = consumer(queue);
        MessageConsumer second = consumer(queue);
        jms.send(queue("strict"), JmsFixture.texts(8));
        assertEquals(List.of("000005", "000006", "000007"), JmsFixture.receiveTexts(second, 3));
        assertEquals(List.of("000000", "000001", "000002"), JmsFixture.receiveTexts(first, 3));
    }

    @Test
    public void allConsumersMayBeExclusive() throws Exception {
        Queue queue = queue("exclusive");
        MessageConsumer first = consumer(queue);
        MessageConsumer second = consumer(queue);
        jms.send(queue, "a", "b");
        assertEquals(List.of("a", "b"), JmsFixture.receiveTexts(first, 2));
        assertNull(second.receive(QUIET_MS));
        first.close();
        jms.send(queue, "c");
        assertEquals("c", JmsFixture.receiveText(second));
    }

    @Test
    public void priorityOfConsumersMayNotCount() throws Exception {
        MessageConsumer low = consumer(queue("equal?consumer.priority=0"));
        MessageConsumer high = consumer(queue("equal?consumer.priority=9"));
        jms.send(queue("equal"), JmsFixture.texts(200));
        assertNotNull(low.receive(JmsFixture.WAIT_MS));
        assertNotNull(high.receive(JmsFixture.WAIT_MS));
    }

    @Test
    public void dispatchWaitsForConsumers() throws Exception {
        Queue queue = queue("together");
        MessageConsumer first = consumer(queue);
        jms.send(queue, "a");
        assertNull(first.receive(QUIET_MS));
        MessageConsumer second = consumer(queue);
        // One of the two has it now.
        JmsFixture.await(() -> hasNext(first) || hasNext(second));
    }

    @Test
    public void thePolicyHasAPrefetchForThoseWhoSayNone() throws Exception {
        Queue queue = queue("prefetch");
        MessageConsumer first = consumer(queue);
        MessageConsumer second = consumer(queue);
        jms.send(queue, JmsFixture.texts(2));
        // One each, whoever came first, and no more before they have taken that.
        MessageConsumer greedy = consumer(queue("prefetch?consumer.prefetchSize=100"));
        jms.send(queue, JmsFixture.texts(50));
        jms.send(queue, "marker");
        List<String> expected = new ArrayList<>(List.of(JmsFixture.texts(50)));
        expected.add("marker");
        assertEquals(expected, JmsFixture.receiveTexts(greedy, 51));
        assertEquals(Set.of("000000", "000001"),
                Set.of(JmsFixture.receiveText(first), JmsFixture.receiveText(second)));
    }

    /** What a transaction has received counts until it ends, unless the window is extended. */
    @Test
    public void theWindowOfATransactionMayBeFixed() throws Exception {
        String[] texts = JmsFixture.texts(5);
        for (boolean fixed : new boolean[] {false, true}) {
            String name = fixed ? "fixed" : "extended";
            jms.send(queue(name), texts);
            Session session = jms.sessionOn(jms.connect(), Session.SESSION_TRANSACTED);
            MessageConsumer consumer =
                    session.createConsumer(queue(name + "?consumer.prefetchSize=2"));
            if (fixed) {
                assertEquals(List.of(texts).subList(0, 2), JmsFixture.receiveTexts(consumer, 2));
                assertNull(consumer.receive(QUIET_MS));
                session.commit();
                assertEquals(List.of(texts).subList(2, 4), JmsFixture.receiveTexts(consumer, 2));
            } else {
                assertEquals(List.of(texts), JmsFixture.receiveTexts(consumer, 5));
            }
            session.commit();
        }
    }

    private static boolean hasNext(MessageConsumer consumer) {
        try {
            return consumer.receiveNoWait() != null;
        } catch (JMSException broken) {
            throw new AssertionError(broken);
        }
    }

    private static Queue queue(String name) {
        return new ActiveMQQueue(PREFIX + name);
    }

    /** On a connection of its own. */
    private MessageConsumer consumer(Queue queue) throws JMSException {
        ActiveMQConnection connection = jms.connect();
        return jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE).createConsumer(queue);
    }
}
