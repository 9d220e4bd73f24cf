package interop.jms;

import static org.junit.Assert.assertEquals;

import java.util.List;
import javax.jms.BytesMessage;
import javax.jms.Connection;
import javax.jms.DeliveryMode;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import javax.jms.TextMessage;

/** A little of everything on one connection: what must work whatever the client's options are. */
final class SmokeStory {
    private final JmsFixture jms;
    private final Connection connection;

    SmokeStory(JmsFixture jms, Connection connection) {
        this.jms = jms;
        this.connection = connection;
    }

    void play() throws Exception {
        everyBody(DeliveryMode.PERSISTENT);
        everyBody(DeliveryMode.NON_PERSISTENT);
        transaction();
        topic();
        requestAndReply();
        largeBody();
    }

    private void everyBody(int deliveryMode) throws Exception {
        Session session = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(jms.queue());
        producer.setDeliveryMode(deliveryMode);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        for (Bodies.Maker maker : Bodies.all().values()) {
            Message sent = maker.make(session);
            sent.setStringProperty("unicode", Bodies.UNICODE);
            sent.setLongProperty("long", Long.MIN_VALUE);
            producer.send(sent);
            Message received = JmsFixture.receive(consumer);
            Same.values(sent, received);
        }
        session.close();
    }

    private void transaction() throws Exception {
        Session session = jms.sessionOn(connection, Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(jms.queue(".tx"));
        JmsFixture.send(session, jms.queue(".tx"), "lost");
        session.rollback();
        JmsFixture.send(session, jms.queue(".tx"), "a", "b");
        session.commit();
        assertEquals("a", JmsFixture.receiveText(consumer));
        session.rollback();
        assertEquals(List.of("a", "b"), JmsFixture.receiveTexts(consumer, 2));
        session.commit();
        session.close();
        jms.expectHolds(jms.queue(".tx"));
    }

    private void topic() throws Exception {
        Session session = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        MessageConsumer first = session.createConsumer(jms.topic());
        MessageConsumer second = session.createConsumer(jms.topic());
        JmsFixture.send(session, jms.topic(), "a", "b");
        assertEquals(List.of("a", "b"), JmsFixture.receiveTexts(first, 2));
        assertEquals(List.of("a", "b"), JmsFixture.receiveTexts(second, 2));
        session.close();
    }

    private void requestAndReply() throws Exception {
        Session session = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        TemporaryQueue replies = session.createTemporaryQueue();
        TextMessage request = session.createTextMessage("ping");
        request.setJMSReplyTo(replies);
        session.createProducer(jms.queue(".requests")).send(request);
        Message received = JmsFixture.receive(session.createConsumer(jms.queue(".requests")));
        JmsFixture.send(session, received.getJMSReplyTo(), "pong");
        assertEquals("pong", JmsFixture.receiveText(session.createConsumer(replies)));
        session.close();
    }

    private void largeBody() throws Exception {
        Session session = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        BytesMessage sent = session.createBytesMessage();
        sent.writeBytes(new byte[300_000]);
        session.createProducer(jms.queue(".large")).send(sent);
        Same.values(sent, JmsFixture.receive(session.createConsumer(jms.queue(".large"))));
        session.close();
    }
}
