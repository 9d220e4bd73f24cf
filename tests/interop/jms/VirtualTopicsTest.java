package interop.jms;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;
import org.junit.Rule;
import org.junit.Test;

/** Groups of consumers of one topic, each with a queue of its own. */
public class VirtualTopicsTest {
    private static final String PREFIX = "VirtualTopic.VirtualTopicsTest.";
    private static final int MESSAGES = 100;
    private static final int QUIET_MS = 300;

    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void everyGroupGetsAllAndSharesIt() throws Exception {
        List<List<MessageConsumer>> groups = new ArrayList<>();
        for (String group : List.of("A", "B")) {
            groups.add(List.of(consume(group, "shared"), consume(group, "shared")));
        }
        List<String> texts = List.of(JmsFixture.texts(MESSAGES));
        jms.send(topic("shared"), JmsFixture.texts(MESSAGES));
        for (List<MessageConsumer> group : groups) {
            List<String> all = new ArrayList<>();
            while (all.size() < MESSAGES) {
                all.addAll(rest(group.get(0)));
                all.addAll(rest(group.get(1)));
            }
            Collections.sort(all);
            assertEquals(texts, all);
        }
    }

    @Test
    public void aQueueFillsWhileNobodyIsThere() throws Exception {
        consume("A", "offline").close();
        jms.send(topic("offline"), "1", "2");
        assertEquals(List.of("1", "2"), JmsFixture.receiveTexts(consume("A", "offline"), 2));
    }

    /** Who is the first there and asks for it gets what the topic's policy has kept. */
    @Test
    public void theFirstRetroactiveConsumerGetsThePast() throws Exception {
        jms.send(topic("past"), "1", "2", "3");
        MessageConsumer late = consume("A", "past?consumer.retroactive=true");
        assertEquals(List.of("2", "3"), JmsFixture.receiveTexts(late, 2));
        jms.send(topic("past"), "4");
        assertEquals("4", JmsFixture.receiveText(late));
    }

    private static ActiveMQTopic topic(String name) {
        return new ActiveMQTopic(PREFIX + name);
    }

    private MessageConsumer consume(String group, String topic) throws JMSException {
        ActiveMQDestination queue = new ActiveMQQueue("Consumer." + group + "." + PREFIX + topic);
        return jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(queue);
    }

    private static List<String> rest(MessageConsumer consumer) throws JMSException {
        List<String> texts = new ArrayList<>();
        for (TextMessage more = (TextMessage) consumer.receive(QUIET_MS); more != null;
                more = (TextMessage) consumer.receive(QUIET_MS)) {
            texts.add(more.getText());
        }
        return texts;
    }
}
