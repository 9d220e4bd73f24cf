package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.jms.BytesMessage;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.command.ActiveMQTopic;
import org.junit.Rule;
import org.junit.Test;

/** What late subscribers get, and in which order, by policies of the document. */
public class TopicPoliciesTest {
    private static final String PREFIX = "TopicPoliciesTest.";
    private static final String RETROACTIVE = "?consumer.retroactive=true";
    private static final int QUIET_MS = 500;
    private static final int WRITERS = 4;
    private static final int EACH = 200;

    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void theLastSoMany() throws Exception {
        send("count.a", "1", "2", "3", "4", "5");
        assertEquals(List.of("3", "4", "5"), past("count.a" + RETROACTIVE, 3));
        assertEquals(List.of(), past("count.a", 0));
    }

    @Test
    public void theLastOneOfEachTopic() throws Exception {
        send("last.a", "1", "2");
        send("last.b", "3", "4");
        assertEquals(List.of("2", "4"), past("last.>" + RETROACTIVE, 2).stream().sorted().toList());
    }

    @Test
    public void aSelectorChooses() throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(topic("count.selected"));
        for (int i = 1; i <= 3; i++) {
            Message message = session.createTextMessage("" + i);
            message.setIntProperty("number", i);
            producer.send(message);
        }
        MessageConsumer late =
                session.createConsumer(topic("count.selected" + RETROACTIVE), "number <> 2");
        assertEquals(List.of("1", "3"), JmsFixture.receiveTexts(late, 2));
        assertNull(late.receive(QUIET_MS));
    }

    @Test
    public void theLastMinute() throws Exception {
        send("time.a", "1", "2");
        assertEquals(List.of("1", "2"), past("time.a" + RETROACTIVE, 2));
    }

    @Test
    public void everybodyMayGetThePast() throws Exception {
        send("always", "1", "2");
        assertEquals(List.of("2"), past("always", 1));
    }

    @Test
    public void whatComesLaterComesBehind() throws Exception {
        send("count.live", "1", "2");
        MessageConsumer late = consume("count.live" + RETROACTIVE);
        send("count.live", "3", "4");
        assertEquals(List.of("1", "2", "3", "4"), JmsFixture.receiveTexts(late, 4));
        assertNull(late.receive(QUIET_MS));
    }

    /** The sender may say that a message is for those who come later, without any policy. */
    @Test
    public void aMessageMayBeRetained() throws Exception {
        send("retained", "plain");
        retain("retained", "first");
        retain("retained", "second");
        TextMessage late = (TextMessage) JmsFixture.receive(consume("retained" + RETROACTIVE));
        assertEquals("second", late.getText());
        assertTrue(late.getBooleanProperty("ActiveMQ.Retained"));
        assertEquals(List.of(), past("retained", 0));
        retain("retained", null);
        assertEquals(List.of(), past("retained" + RETROACTIVE, 0));
    }

    @Test
    public void withoutAPolicyThereIsNoPast() throws Exception {
        send("plain", "1");
        assertEquals(List.of(), past("plain" + RETROACTIVE, 0));
    }

    /** Four publishers at once, three subscribers: all see one order. */
    @Test
    public void strictOrderIsTheSameForAll() throws Exception {
        List<MessageConsumer> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            readers.add(consume("strict"));
        }
        publishAtOnce("strict");
        List<String> seen = JmsFixture.receiveTexts(readers.get(0), WRITERS * EACH);
        assertEquals(seen, JmsFixture.receiveTexts(readers.get(1), WRITERS * EACH));
        assertEquals(seen, JmsFixture.receiveTexts(readers.get(2), WRITERS * EACH));
    }

    /** Four publishers at once, three subscribers: each publisher's messages keep their order. */
    @Test
    public void theOrderOfEachPublisherIsKept() throws Exception {
        List<MessageConsumer> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            readers.add(consume("plain.order"));
        }
        publishAtOnce("plain.order");
        for (MessageConsumer reader : readers) {
            List<String> seen = JmsFixture.receiveTexts(reader, WRITERS * EACH);
            for (int i = 0; i < WRITERS; i++) {
                String name = "w" + i + ".";
                List<String> own = seen.stream().filter(text -> text.startsWith(name)).toList();
                assertEquals(IntStream.range(0, EACH).mapToObj(n -> name + n).toList(), own);
            }
        }
    }

    @Test
    public void aMessageMayBeForOneClientId() throws Exception {
        var mine = jms.open();
        mine.setClientID("TopicPoliciesTest-mine");
        mine.start();
        MessageConsumer wanted = jms.sessionOn(mine, Session.AUTO_ACKNOWLEDGE)
                .createConsumer(topic("for.PTP"));
        MessageConsumer other = consume("for.PTP");
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(topic("for.PTP"));
        TextMessage one = session.createTextMessage("one");
        one.setStringProperty("PTP_CLIENTID", "TopicPoliciesTest-mine");
        producer.send(one);
        producer.send(session.createTextMessage("all"));
        assertEquals(List.of("one", "all"), JmsFixture.receiveTexts(wanted, 2));
        assertEquals(List.of("all"), JmsFixture.receiveTexts(other, 1));
    }

    private void publishAtOnce(String topic) throws Exception {
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            String name = "w" + i + ".";
            Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
            MessageProducer producer = session.createProducer(topic(topic));
            producer.setDeliveryMode(javax.jms.DeliveryMode.NON_PERSISTENT);
            Thread writer = new Thread(() -> {
                try {
                    for (int n = 0; n < EACH; n++) {
                        producer.send(session.createTextMessage(name + n));
                    }
                } catch (JMSException e) {
                    throw new IllegalStateException(e);
                }
            });
            writers.add(writer);
            writer.start();
        }
        for (Thread writer : writers) {
            writer.join();
        }
    }

    /** Without a text it takes back what was retained. */
    private void retain(String topic, String text) throws JMSException {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        BytesMessage empty = session.createBytesMessage();
        empty.writeBytes(new byte[0]);
        Message message = text == null ? empty : session.createTextMessage(text);
        message.setBooleanProperty("ActiveMQ.Retain", true);
        session.createProducer(topic(topic)).send(message);
    }

    private static ActiveMQTopic topic(String name) {
        return new ActiveMQTopic(PREFIX + name);
    }

    private void send(String topic, String... texts) throws JMSException {
        jms.send(topic(topic), texts);
    }

    private MessageConsumer consume(String topic) throws Exception {
        return jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(topic(topic));
    }

    /** What a subscriber gets that comes now: as many as should come, and what comes besides. */
    private List<String> past(String topic, int count) throws Exception {
        MessageConsumer late = consume(topic);
        List<String> texts = new ArrayList<>(JmsFixture.receiveTexts(late, count));
        for (TextMessage more = (TextMessage) late.receive(QUIET_MS); more != null;
                more = (TextMessage) late.receive(QUIET_MS)) {
            texts.add(more.getText());
        }
        late.close();
        return texts;
    }
}
