package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.Rule;
import org.junit.Test;

/** Message groups: 5,000 messages each, and how many of them every consumer gets. */
public class MessageGroupsTest {
    private static final int EACH = 5000;
    // For the reference fewer, which is not so quick.
    private static final int MANY_GROUPS = TestBroker.isOurs() ? 100_000 : 2000;
    private static final int COMMIT_EVERY = 1000;

    @Rule public final JmsFixture jms = new JmsFixture();

    private final List<Taker> takers = new ArrayList<>();
    private final Map<String, Integer> sent = new HashMap<>();

    @Test
    public void oneConsumerGetsAllGroups() throws Exception {
        check(3, 1, 15_000);
    }

    @Test
    public void oneOfTwoConsumersGetsTwoOfThreeGroups() throws Exception {
        check(3, 2, 5000, 10_000);
    }

    @Test
    public void threeConsumersGetAGroupEach() throws Exception {
        check(3, 3, 5000, 5000, 5000);
    }

    @Test
    public void aFourthConsumerGetsNothing() throws Exception {
        check(3, 4, 0, 5000, 5000, 5000);
    }

    @Test
    public void oneOfThreeConsumersGetsTwoOfFourGroups() throws Exception {
        check(4, 3, 5000, 5000, 10_000);
    }

    @Test
    public void lateConsumersGetNoGroup() throws Exception {
        open(1);
        send(3, EACH / 2, false);
        jms.await(() -> taken() == 3 * EACH / 2);
        open(2);
        send(3, EACH / 2, false);
        expect(0, 0, 15_000);
    }

    @Test
    public void closedGroupsGoToTheLeastLoaded() throws Exception {
        open(1);
        send(3, EACH / 2, true);
        jms.await(() -> taken() == 3 * (EACH / 2 + 1));
        open(2);
        send(3, EACH / 2, false);
        expect(2500, 2500, 10_003);
        assertEquals("who had the closed groups", 10_003, takers.get(0).count());
    }

    @Test
    public void aSimpleMapKeepsEveryGroupTogether() throws Exception {
        Queue queue = new ActiveMQQueue("MessageGroupsTest.simple");
        for (int i = 0; i < 3; i++) {
            takers.add(new Taker(queue));
        }
        for (int round = 0; round < 2; round++) {
            sendRound(queue, MANY_GROUPS, 1, false);
        }
        jms.await(() -> taken() == 2 * MANY_GROUPS);
        for (Taker taker : takers) {
            taker.expectInOrder();
            assertEquals("both messages of a group", 0, taker.count() % 2);
            assertTrue(taker.count() > 0);
        }
    }

    private void check(int groups, int consumers, Integer... counts) throws Exception {
        open(consumers);
        send(groups, EACH, false);
        expect(counts);
    }

    private void open(int consumers) throws JMSException {
        for (int i = 0; i < consumers; i++) {
            takers.add(new Taker(jms.queue()));
        }
    }

    private void send(int groups, int each, boolean close) throws JMSException {
        sendRound(jms.queue(), groups, each, close);
    }

    /** The groups' messages in turn; `close`: a last one of each closes it. */
    private void sendRound(Queue queue, int groups, int each, boolean close) throws JMSException {
        Session session = jms.session(Session.SESSION_TRANSACTED);
        MessageProducer producer = session.createProducer(queue);
        int total = 0;
        for (int i = 0; i < each + (close ? 1 : 0); i++) {
            for (int group = 0; group < groups; group++) {
                String name = "group " + group;
                int number = sent.merge(name, 1, Integer::sum);
                TextMessage message = session.createTextMessage(String.valueOf(number));
                message.setStringProperty("JMSXGroupID", name);
                if (i == each) {
                    message.setIntProperty("JMSXGroupSeq", -1);
                }
                producer.send(message);
                if (++total % COMMIT_EVERY == 0) {
                    session.commit();
                }
            }
        }
        session.commit();
    }

    private int taken() {
        return takers.stream().mapToInt(Taker::count).sum();
    }

    private void expect(Integer... counts) throws Exception {
        int total = Arrays.stream(counts).mapToInt(Integer::intValue).sum();
        jms.await(() -> taken() == total);
        List<Integer> found = new ArrayList<>();
        for (Taker taker : takers) {
            taker.expectInOrder();
            found.add(taker.count());
        }
        Collections.sort(found);
        assertEquals(List.of(counts), found);
    }

    /** A consumer on a connection of its own that counts what it gets. */
    private final class Taker {
        private final Map<String, Integer> last = new HashMap<>();
        private String problem;
        private int count;

        Taker(Queue queue) throws JMSException {
            ActiveMQConnection connection = jms.connect();
            jms.sessionOn(connection, Session.DUPS_OK_ACKNOWLEDGE).createConsumer(queue)
                    .setMessageListener(this::take);
        }

        private synchronized void take(Message message) {
            try {
                String group = message.getStringProperty("JMSXGroupID");
                int number = Integer.parseInt(((TextMessage) message).getText());
                Integer before = last.put(group, number);
                if (before != null && before + 1 != number) {
                    problem = group + ": " + number + " after " + before;
                }
                count++;
            } catch (JMSException broken) {
                problem = broken.toString();
            }
        }

        synchronized int count() {
            return count;
        }

        synchronized void expectInOrder() {
            assertEquals(null, problem);
        }
    }
}
