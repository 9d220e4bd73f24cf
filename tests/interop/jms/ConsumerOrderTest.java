package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.List;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.junit.Rule;
import org.junit.Test;

/** Who gets the next message: exclusive consumers, priorities, message groups. */
public class ConsumerOrderTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void anExclusiveConsumerGetsAllUntilItLeaves() throws Exception {
        MessageConsumer plain = consume("");
        MessageConsumer first = consume("?consumer.exclusive=true");
        MessageConsumer second = consume("?consumer.exclusive=true");
        jms.send(jms.queue(), "a", "b", "c");
        assertEquals(List.of("a", "b", "c"), JmsFixture.receiveTexts(first, 3));
        first.close();
        jms.send(jms.queue(), "d");
        assertEquals("d", JmsFixture.receiveText(second));
        second.close();
        jms.send(jms.queue(), "e");
        assertEquals("e", JmsFixture.receiveText(plain));
    }

    @Test
    public void higherPriorityComesFirst() throws Exception {
        MessageConsumer low = consume("");
        MessageConsumer high = consume("?consumer.priority=10");
        jms.send(jms.queue(), "a", "b", "c");
        assertEquals(List.of("a", "b", "c"), JmsFixture.receiveTexts(high, 3));
        high.close();
        jms.send(jms.queue(), "d");
        assertEquals("d", JmsFixture.receiveText(low));
    }

    @Test
    public void aGroupStaysWithItsConsumer() throws Exception {
        MessageConsumer one = consume("");
        MessageConsumer two = consume("");
        sendGroup("A", "B", "A", "B", "A", "B");
        List<String> first = JmsFixture.receiveTexts(one, 3);
        List<String> second = JmsFixture.receiveTexts(two, 3);
        assertEquals(1, first.stream().map(text -> text.substring(0, 1)).distinct().count());
        assertEquals(1, second.stream().map(text -> text.substring(0, 1)).distinct().count());
        assertFalse(first.get(0).charAt(0) == second.get(0).charAt(0));
    }

    @Test
    public void aGroupMovesWhenItsConsumerLeaves() throws Exception {
        MessageConsumer one = consume("");
        sendGroup("A", "A");
        Message first = JmsFixture.receive(one);
        assertTrue(first.getBooleanProperty("JMSXGroupFirstForConsumer"));
        assertEquals("A1", JmsFixture.receiveText(one));
        MessageConsumer two = consume("");
        one.close();
        sendGroup("A");
        TextMessage third = (TextMessage) JmsFixture.receive(two);
        assertTrue(third.getBooleanProperty("JMSXGroupFirstForConsumer"));
        assertEquals("A", third.getStringProperty("JMSXGroupID"));
    }

    private MessageConsumer consume(String options) throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        return session.createConsumer(
                session.createQueue(jms.queue().getQueueName() + options));
    }

    private void sendGroup(String... groups) throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        for (int i = 0; i < groups.length; i++) {
            Message message = session.createTextMessage(groups[i] + i);
            message.setStringProperty("JMSXGroupID", groups[i]);
            session.createProducer(jms.queue()).send(message);
        }
    }
}
