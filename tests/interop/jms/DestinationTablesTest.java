package interop.jms;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.jms.Destination;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;
import org.junit.Rule;
import org.junit.Test;

/** Tables of who gets what by its name: each row comes out the same with both brokers. */
public class DestinationTablesTest {
    private static final int QUIET_MS = 300;
    private static final List<String> NAMES = List.of("A", "A.B", "A.C", "A.B.C", "AB", "X.B");

    /** Patterns, and which of the names they stand for. */
    private static final Map<String, Set<String>> PATTERNS = patterns();

    @Rule public final JmsFixture jms = new JmsFixture();

    private static Map<String, Set<String>> patterns() {
        Map<String, Set<String>> rows = new LinkedHashMap<>();
        rows.put("A.*", Set.of("A.B", "A.C"));
        rows.put("A.*.C", Set.of("A.B.C"));
        rows.put("*.B", Set.of("A.B", "X.B"));
        rows.put("*.*", Set.of("A.B", "A.C", "X.B"));
        rows.put("A.>", Set.of("A", "A.B", "A.C", "A.B.C"));
        rows.put("*.>", Set.of("A", "A.B", "A.C", "A.B.C", "AB", "X.B"));
        rows.put(">", Set.of("A", "A.B", "A.C", "A.B.C", "AB", "X.B"));
        rows.put("A*", Set.of());
        rows.put("A.B*", Set.of());
        rows.put("A.>.C", Set.of());
        rows.put("*", Set.of("A", "AB"));
        return rows;
    }

    @Test
    public void patternsOfTopics() throws Exception {
        Map<String, MessageConsumer> consumers = new LinkedHashMap<>();
        for (String pattern : PATTERNS.keySet()) {
            consumers.put(pattern, consume(new ActiveMQTopic("TablesTest.t." + pattern)));
        }
        for (String name : NAMES) {
            jms.send(new ActiveMQTopic("TablesTest.t." + name), name);
        }
        for (Map.Entry<String, Set<String>> row : PATTERNS.entrySet()) {
            assertEquals(row.getKey(), new TreeSet<>(row.getValue()),
                    new TreeSet<>(texts(consumers.get(row.getKey()), row.getValue().size())));
        }
    }

    @Test
    public void patternsOfQueues() throws Exception {
        for (Map.Entry<String, Set<String>> row : PATTERNS.entrySet()) {
            String prefix = "TablesTest.q" + row.getKey().hashCode() + ".";
            MessageConsumer consumer = consume(new ActiveMQQueue(prefix + row.getKey()));
            for (String name : NAMES) {
                jms.send(new ActiveMQQueue(prefix + name), name);
            }
            assertEquals(row.getKey(), new TreeSet<>(row.getValue()),
                    new TreeSet<>(texts(consumer, row.getValue().size())));
            consumer.close();
        }
    }

    /** What is sent to a composite name, and how many messages each of its parts gets. */
    @Test
    public void compositeNames() throws Exception {
        String[][] rows = {
            {"a,b", "queue://a=1 queue://b=1 topic://a=0"},
            {"a,topic://a", "queue://a=1 topic://a=1 queue://b=0"},
            {"a, b ,a", "queue://a=1 queue://b=1"},
            {"topic://a,topic://b", "queue://a=0 topic://a=1 topic://b=1"},
        };
        for (int row = 0; row < rows.length; row++) {
            String prefix = "TablesTest.c" + row + ".";
            Map<String, MessageConsumer> consumers = new LinkedHashMap<>();
            Map<String, Integer> wanted = new LinkedHashMap<>();
            for (String part : rows[row][1].split(" ")) {
                String name = part.substring(0, part.indexOf('='));
                wanted.put(name, Integer.valueOf(part.substring(part.indexOf('=') + 1)));
                consumers.put(name, consume(named(prefix, name)));
            }
            List<String> names = new ArrayList<>();
            for (String one : rows[row][0].split(",")) {
                names.add(one.contains("://") ? one.replace("://", "://" + prefix)
                        : one.replaceFirst("^( *)", "$1" + prefix));
            }
            jms.send(new ActiveMQQueue(String.join(",", names)), "m");
            for (Map.Entry<String, Integer> one : wanted.entrySet()) {
                assertEquals(rows[row][0] + " at " + one.getKey(), one.getValue().intValue(),
                        texts(consumers.get(one.getKey()), one.getValue()).size());
            }
        }
    }

    /** Which queues get what is sent to a virtual topic. */
    @Test
    public void queuesOfVirtualTopics() throws Exception {
        Map<String, Integer> rows = new LinkedHashMap<>();
        rows.put("queue://Consumer.A.VirtualTopic.Tables.X", 1);
        rows.put("queue://Consumer.B.VirtualTopic.Tables.X", 1);
        rows.put("queue://Consumer.A.VirtualTopic.Tables.Y", 0);
        rows.put("queue://Consumer.A.B.VirtualTopic.Tables.X", 0);
        rows.put("queue://Other.A.VirtualTopic.Tables.X", 0);
        rows.put("queue://VirtualTopic.Tables.X", 0);
        rows.put("topic://VirtualTopic.Tables.X", 1);
        rows.put("topic://VirtualTopic.Tables.>", 1);
        Map<String, MessageConsumer> consumers = new LinkedHashMap<>();
        for (String name : rows.keySet()) {
            consumers.put(name, consume(named("", name)));
        }
        jms.send(new ActiveMQTopic("VirtualTopic.Tables.X"), "x");
        for (Map.Entry<String, Integer> row : rows.entrySet()) {
            assertEquals(row.getKey(), row.getValue().intValue(),
                    texts(consumers.get(row.getKey()), row.getValue()).size());
        }
        // Not a virtual topic's name, though it begins like one.
        MessageConsumer none = consume(new ActiveMQQueue("Consumer.A.VirtualTopicTables.X"));
        jms.send(new ActiveMQTopic("VirtualTopicTables.X"), "x");
        assertEquals(List.of(), texts(none, 0));
    }

    private static Destination named(String prefix, String name) {
        return ActiveMQDestination.createDestination(
                name.replace("://", "://" + prefix), ActiveMQDestination.QUEUE_TYPE);
    }

    /** As many as should come, and what comes besides. */
    private static List<String> texts(MessageConsumer consumer, int count) throws Exception {
        List<String> texts = new ArrayList<>(JmsFixture.receiveTexts(consumer, count));
        for (TextMessage more = (TextMessage) consumer.receive(QUIET_MS); more != null;
                more = (TextMessage) consumer.receive(QUIET_MS)) {
            texts.add(more.getText());
        }
        return texts;
    }

    private MessageConsumer consume(Destination destination) throws Exception {
        return jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(destination);
    }
}
