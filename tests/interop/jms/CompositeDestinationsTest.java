package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;

import java.util.List;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;
import org.junit.Rule;
import org.junit.Test;

/** What else gets a message, by the interceptors of the broker's document. */
public class CompositeDestinationsTest {
    private static final String PREFIX = "CompositeDestinationsTest.";
    private static final int QUIET_MS = 300;

    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void forwardOnly() throws Exception {
        MessageConsumer topic = consumer(new ActiveMQTopic(PREFIX + "all.topic"));
        MessageConsumer itself = consumer(queue("all"));
        jms.send(queue("all"), "a", "b");
        jms.expectHolds(queue("all.queue"), "a", "b");
        assertEquals(List.of("a", "b"), JmsFixture.receiveTexts(topic, 2));
        assertNull(itself.receive(QUIET_MS));
    }

    @Test
    public void besidesTheQueueItself() throws Exception {
        jms.send(queue("besides"), "a");
        jms.expectHolds(queue("besides"), "a");
        // The marker that ended the look went there, too.
        assertEquals("a", jms.takeAll(queue("besides.copy")).get(0));
    }

    @Test
    public void selectorsChoose() throws Exception {
        send("filtered", "odd", 1);
        send("filtered", "even", 2);
        send("filtered", "large", 200);
        jms.expectHolds(queue("filtered.odd"), "odd");
        jms.expectHolds(queue("filtered.large"), "large");
    }

    @Test
    public void whatNoSelectorTakesMayStay() throws Exception {
        send("unmatched", "taken", 1);
        send("unmatched", "left", 2);
        jms.expectHolds(queue("unmatched.taken"), "taken");
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        assertEquals("left",
                JmsFixture.receiveText(session.createConsumer(queue("unmatched"))));
    }

    @Test
    public void aTopicMayFillQueues() throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        JmsFixture.send(session, new ActiveMQTopic(PREFIX + "topic"), "a");
        jms.expectHolds(queue("topic.queue"), "a");
    }

    @Test
    public void aTransactionReachesAllOrNone() throws Exception {
        Session session = jms.session(Session.SESSION_TRANSACTED);
        JmsFixture.send(session, queue("all"), "rolled back");
        session.rollback();
        JmsFixture.send(session, queue("all"), "committed");
        session.commit();
        jms.expectHolds(queue("all.queue"), "committed");
    }

    private void send(String to, String text, int number) throws JMSException {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(queue(to));
        TextMessage message = session.createTextMessage(text);
        message.setIntProperty("number", number);
        producer.send(message);
    }

    private static Queue queue(String name) {
        return new ActiveMQQueue(PREFIX + name);
    }

    private MessageConsumer consumer(ActiveMQDestination from) throws JMSException {
        return jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(from);
    }
    private MessageConsumer consumer(Queue from) throws JMSException {
        return consumer((ActiveMQDestination) from);
    }
}
