package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import javax.jms.Destination;
import javax.jms.InvalidDestinationException;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.DestinationDoesNotExistException;
import org.junit.Rule;
import org.junit.Test;

/**
 * Request and reply over temporary destinations. The Java client refuses to send to a temporary
 * destination it has not heard of, so these tests also show that the advisories come in time.
 */
public class TemporaryDestinationsTest {
    private static final int ROUNDS = 50;

    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void queueWithinOneConnection() throws Exception {
        ActiveMQConnection connection = jms.connect();
        Session requester = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        answerRequests(jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE));
        converse(requester, requester.createTemporaryQueue());
    }

    @Test
    public void topicWithinOneConnection() throws Exception {
        ActiveMQConnection connection = jms.connect();
        Session requester = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        answerRequests(jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE));
        converse(requester, requester.createTemporaryTopic());
    }

    @Test
    public void queueAcrossConnections() throws Exception {
        answerRequests(jms.session(Session.AUTO_ACKNOWLEDGE));
        Session requester = jms.session(Session.AUTO_ACKNOWLEDGE);
        converse(requester, requester.createTemporaryQueue());
    }

    @Test
    public void topicAcrossConnections() throws Exception {
        answerRequests(jms.session(Session.AUTO_ACKNOWLEDGE));
        Session requester = jms.session(Session.AUTO_ACKNOWLEDGE);
        converse(requester, requester.createTemporaryTopic());
    }

    @Test
    public void newReplyQueueForEveryRequest() throws Exception {
        answerRequests(jms.session(Session.AUTO_ACKNOWLEDGE));
        Session requester = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = requester.createProducer(jms.queue());
        for (int i = 0; i < ROUNDS; i++) {
            TemporaryQueue replies = requester.createTemporaryQueue();
            MessageConsumer consumer = requester.createConsumer(replies);
            ask(requester, producer, replies, "r" + i);
            assertEquals("re: r" + i, JmsFixture.receiveText(consumer));
            consumer.close();
            replies.delete();
        }
    }

    @Test
    public void responderThatConnectsLaterKnowsTheReplyQueue() throws Exception {
        Session requester = jms.session(Session.AUTO_ACKNOWLEDGE);
        TemporaryQueue replies = requester.createTemporaryQueue();
        ask(requester, requester.createProducer(jms.queue()), replies, "early");
        answerRequests(jms.session(Session.AUTO_ACKNOWLEDGE));
        assertEquals("re: early", JmsFixture.receiveText(requester.createConsumer(replies)));
    }

    @Test
    public void deletedQueueRefusesSends() throws Exception {
        Session owner = jms.session(Session.AUTO_ACKNOWLEDGE);
        TemporaryQueue replies = owner.createTemporaryQueue();
        MessageProducer producer = owner.createProducer(replies);
        replies.delete();
        assertThrows(InvalidDestinationException.class,
                () -> producer.send(owner.createMessage()));
        assertThrows(DestinationDoesNotExistException.class,
                () -> owner.createProducer(replies));
    }

    @Test
    public void queueEndsWithItsConnection() throws Exception {
        ActiveMQConnection owner = jms.connect();
        TemporaryQueue replies =
                jms.sessionOn(owner, Session.AUTO_ACKNOWLEDGE).createTemporaryQueue();
        Session sender = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = sender.createProducer(replies);
        producer.send(sender.createMessage());

        owner.close();
        JmsFixture.await(() -> clientRefuses(sender, producer));
    }

    @Test
    public void queueEndsWithALostConnection() throws Exception {
        ActiveMQConnection owner = jms.connect();
        TemporaryQueue replies =
                jms.sessionOn(owner, Session.AUTO_ACKNOWLEDGE).createTemporaryQueue();
        Session sender = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = sender.createProducer(replies);
        producer.send(sender.createMessage());

        jms.cutOff(owner);
        JmsFixture.await(() -> clientRefuses(sender, producer));
    }

    @Test
    public void clientsWithoutAdvisoriesAreToldByTheBroker() throws Exception {
        ActiveMQConnection owner = jms.connect();
        TemporaryQueue replies =
                jms.sessionOn(owner, Session.AUTO_ACKNOWLEDGE).createTemporaryQueue();
        Session sender =
                jms.session(Session.AUTO_ACKNOWLEDGE, "jms.watchTopicAdvisories=false");
        JmsFixture.send(sender, replies, "in time");
        owner.close();
        assertThrows(DestinationDoesNotExistException.class,
                () -> JmsFixture.send(sender, replies, "too late"));
    }

    @Test
    public void foreignConnectionMayNotConsume() throws Exception {
        TemporaryQueue replies =
                jms.session(Session.AUTO_ACKNOWLEDGE).createTemporaryQueue();
        Session stranger = jms.session(Session.AUTO_ACKNOWLEDGE);
        assertThrows(InvalidDestinationException.class, () -> stranger.createConsumer(replies));
    }

    /** True once an advisory has told the client; until then the broker refuses. */
    private static boolean clientRefuses(Session session, MessageProducer producer) {
        try {
            producer.send(session.createMessage());
            return false;
        } catch (InvalidDestinationException known) {
            return true;
        } catch (DestinationDoesNotExistException notYetKnown) {
            return false;
        } catch (JMSException other) {
            throw new AssertionError(other);
        }
    }

    /** Sends requests one by one over the test's queue and expects each answer. */
    private void converse(Session session, Destination replies) throws JMSException {
        MessageConsumer consumer = session.createConsumer(replies);
        MessageProducer producer = session.createProducer(jms.queue());
        for (int i = 0; i < ROUNDS; i++) {
            ask(session, producer, replies, "request " + i);
            assertEquals("re: request " + i, JmsFixture.receiveText(consumer));
        }
    }

    static void ask(
            Session session, MessageProducer producer, Destination replies, String text)
            throws JMSException {
        Message request = session.createTextMessage(text);
        request.setJMSReplyTo(replies);
        producer.send(request);
    }

    /** Answers requests on the test's queue by a listener that uses an anonymous producer. */
    private void answerRequests(Session session) throws JMSException {
        answerRequests(session, jms.queue(), session.createProducer(null));
    }

    static void answerRequests(Session session, Queue requests, MessageProducer producer)
            throws JMSException {
        session.createConsumer(requests).setMessageListener(request -> {
            try {
                String text = ((TextMessage) request).getText();
                producer.send(request.getJMSReplyTo(), session.createTextMessage("re: " + text));
            } catch (JMSException failed) {
                throw new AssertionError(failed);
            }
        });
    }
}
