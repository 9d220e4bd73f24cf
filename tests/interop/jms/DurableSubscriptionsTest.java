package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.Collections;
import java.util.List;
import javax.jms.DeliveryMode;
import javax.jms.InvalidDestinationException;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;
import javax.jms.Topic;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQTopic;
import org.junit.Rule;
import org.junit.Test;

/** A durable subscription keeps for its client what is sent while that is away. */
public class DurableSubscriptionsTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void keepsWhatComesWhileTheClientIsAway() throws Exception {
        subscribe(jms.topic(), null).close();
        jms.send(jms.topic(), "a", "b");
        ActiveMQConnection back = connectAs("client");
        MessageConsumer consumer = durable(back, jms.topic(), null);
        assertEquals(List.of("a", "b"), JmsFixture.receiveTexts(consumer, 2));
        jms.send(jms.topic(), "c");
        assertEquals("c", JmsFixture.receiveText(consumer));
    }

    @Test
    public void outlivesTheBroker() throws Exception {
        subscribe(jms.topic(), "kind = 'x'").close();
        sendKinds("x1", "y1");
        TestBroker.kill();
        TestBroker.start();
        sendKinds("y2", "x2");
        MessageConsumer consumer = durable(connectAs("client"), jms.topic(), "kind = 'x'");
        assertEquals(List.of("x1", "x2"), JmsFixture.receiveTexts(consumer, 2));
        sendKinds("x3");
        assertEquals("x3", JmsFixture.receiveText(consumer));
    }

    @Test
    public void unacknowledgedMessagesComeAgain() throws Exception {
        ActiveMQConnection connection = connectAs("client");
        Session session = jms.sessionOn(connection, Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = session.createDurableSubscriber(jms.topic(), "s");
        jms.send(jms.topic(), "a", "b");
        JmsFixture.receive(consumer).acknowledge();
        assertFalse(JmsFixture.receive(consumer).getJMSRedelivered());
        connection.close();
        Message again = JmsFixture.receive(durable(connectAs("client"), jms.topic(), null));
        assertEquals("b", ((TextMessage) again).getText());
        assertTrue(again.getJMSRedelivered());
    }

    @Test
    public void transactionsConsumeFromIt() throws Exception {
        ActiveMQConnection connection = connectAs("client");
        Session session = jms.sessionOn(connection, Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createDurableSubscriber(jms.topic(), "s");
        jms.send(jms.topic(), "a", "b");
        assertEquals("a", JmsFixture.receiveText(consumer));
        session.commit();
        assertEquals("b", JmsFixture.receiveText(consumer));
        session.rollback();
        assertEquals("b", JmsFixture.receiveText(consumer));
        session.commit();
        connection.close();
        jms.expectNothingMore(jms.topic(), durable(connectAs("client"), jms.topic(), null));
    }

    @Test
    public void onlyOneConsumerAtATime() throws Exception {
        ActiveMQConnection connection = connectAs("client");
        durable(connection, jms.topic(), null);
        Session second = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        assertThrows(JMSException.class,
                () -> second.createDurableSubscriber(jms.topic(), "s"));
        assertThrows(JMSException.class, () -> second.unsubscribe("s"));
    }

    @Test
    public void anotherSelectorStartsAnew() throws Exception {
        subscribe(jms.topic(), null).close();
        sendKinds("x1");
        subscribe(jms.topic(), "kind = 'x'").close();
        sendKinds("y2", "x2");
        MessageConsumer consumer = durable(connectAs("client"), jms.topic(), "kind = 'x'");
        assertEquals("x2", JmsFixture.receiveText(consumer));
    }

    @Test
    public void anotherTopicStartsAnew() throws Exception {
        subscribe(jms.topic(), null).close();
        jms.send(jms.topic(), "lost");
        subscribe(jms.topic(".other"), null).close();
        jms.send(jms.topic(), "nobody's");
        jms.send(jms.topic(".other"), "mine");
        MessageConsumer consumer = durable(connectAs("client"), jms.topic(".other"), null);
        assertEquals("mine", JmsFixture.receiveText(consumer));
    }

    @Test
    public void unsubscribingForgetsIt() throws Exception {
        ActiveMQConnection connection = subscribe(jms.topic(), null);
        connection.close();
        jms.send(jms.topic(), "lost");
        connection = connectAs("client");
        Session session = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        session.unsubscribe("s");
        assertThrows(InvalidDestinationException.class, () -> session.unsubscribe("s"));
        jms.expectNothingMore(jms.topic(), session.createDurableSubscriber(jms.topic(), "s"));
    }

    @Test
    public void closingAndComingBackOnOneConnection() throws Exception {
        ActiveMQConnection connection = connectAs("client");
        for (int i = 0; i < 20; i++) {
            MessageConsumer consumer = durable(connection, jms.topic(), null);
            jms.send(jms.topic(), "m" + i);
            assertEquals("m" + i, JmsFixture.receiveText(consumer));
            consumer.close();
        }
        jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE).unsubscribe("s");
    }

    @Test
    public void patternsAreCovered() throws Exception {
        Topic all = new ActiveMQTopic(jms.topic().getTopicName() + ".>");
        subscribe(all, null).close();
        jms.send(jms.topic(".a"), "a");
        jms.send(jms.topic(".b.c"), "bc");
        MessageConsumer consumer = durable(connectAs("client"), all, null);
        assertEquals(List.of("a", "bc"), JmsFixture.receiveTexts(consumer, 2));
    }

    @Test
    public void transientMessagesAreKeptToo() throws Exception {
        subscribe(jms.topic(), null).close();
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(jms.topic());
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        producer.send(session.createTextMessage("a"));
        jms.send(jms.topic(), "b");
        MessageConsumer consumer = durable(connectAs("client"), jms.topic(), null);
        List<String> kept = JmsFixture.receiveTexts(consumer, 2);
        if (!TestBroker.isOurs()) {
            Collections.sort(kept);  // Classic lets persistent messages overtake the others.
        }
        assertEquals(List.of("a", "b"), kept);
    }

    @Test
    public void advisoriesCannotBeSubscribedDurably() throws Exception {
        Session session = jms.sessionOn(connectAs("client"), Session.AUTO_ACKNOWLEDGE);
        assertThrows(JMSException.class, () -> session.createDurableSubscriber(
                new ActiveMQTopic("ActiveMQ.Advisory.Connection"), "s"));
    }

    // The client id is the test's own: other tests run at the same time.
    private ActiveMQConnection connectAs(String name) throws Exception {
        ActiveMQConnection connection = jms.open();
        connection.setClientID(name + "-" + jms.topic().getTopicName());
        connection.start();
        return connection;
    }

    private ActiveMQConnection subscribe(Topic topic, String selector) throws Exception {
        ActiveMQConnection connection = connectAs("client");
        durable(connection, topic, selector);
        return connection;
    }

    private MessageConsumer durable(ActiveMQConnection connection, Topic topic, String selector)
            throws Exception {
        return jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE)
                .createDurableSubscriber(topic, "s", selector, false);
    }

    private void sendKinds(String... texts) throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(jms.topic());
        for (String text : texts) {
            Message message = session.createTextMessage(text);
            message.setStringProperty("kind", text.substring(0, 1));
            producer.send(message);
        }
    }
}
