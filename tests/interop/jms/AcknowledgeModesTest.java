package interop.jms;

import static org.junit.Assert.assertEquals;

import java.util.List;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQSession;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;

/** What is acknowledged is gone, what is not comes back, in every acknowledge mode. */
public class AcknowledgeModesTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    @Before
    public void fill() throws Exception {
        jms.send(jms.queue(), "a", "b", "c", "d");
    }

    @Test
    public void autoAcknowledgesEachMessageTaken() throws Exception {
        take(2, Session.AUTO_ACKNOWLEDGE).close();
        jms.expectHolds(jms.queue(), "c", "d");
    }

    @Test
    public void dupsOkAcknowledgesAtTheLatestWhenClosed() throws Exception {
        take(2, Session.DUPS_OK_ACKNOWLEDGE).close();
        jms.expectHolds(jms.queue(), "c", "d");
    }

    @Test
    public void clientAcknowledgesAllTakenSoFar() throws Exception {
        Session session = jms.session(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        JmsFixture.receive(consumer);
        JmsFixture.receive(consumer).acknowledge();
        JmsFixture.receive(consumer);
        session.close();
        jms.expectHolds(jms.queue(), "c", "d");
    }

    @Test
    public void clientWithoutAcknowledgeLosesNothing() throws Exception {
        take(4, Session.CLIENT_ACKNOWLEDGE).close();
        jms.expectHolds(jms.queue(), "a", "b", "c", "d");
    }

    @Test
    public void clientRecoverStartsAgainWithTheFirst() throws Exception {
        Session session = jms.session(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        assertEquals(List.of("a", "b"), JmsFixture.receiveTexts(consumer, 2));
        session.recover();
        assertEquals(List.of("a", "b", "c", "d"), JmsFixture.receiveTexts(consumer, 4));
    }

    @Test
    public void clientAcknowledgeCoversEveryConsumerOfTheSession() throws Exception {
        jms.send(jms.queue(".other"), "x", "y");
        Session session = jms.session(Session.CLIENT_ACKNOWLEDGE);
        JmsFixture.receive(session.createConsumer(jms.queue(".other")));
        JmsFixture.receive(session.createConsumer(jms.queue())).acknowledge();
        session.close();
        jms.expectHolds(jms.queue(), "b", "c", "d");
        jms.expectHolds(jms.queue(".other"), "y");
    }

    @Test
    public void individualAcknowledgesOneInTheMiddle() throws Exception {
        Session session = jms.session(ActiveMQSession.INDIVIDUAL_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        for (int i = 0; i < 4; i++) {
            Message message = JmsFixture.receive(consumer);
            String text = ((TextMessage) message).getText();
            if (text.equals("b") || text.equals("d")) {
                message.acknowledge();
            }
        }
        session.close();
        jms.expectHolds(jms.queue(), "a", "c");
    }

    @Test
    public void optimisedAcknowledgeOfManyMessages() throws Exception {
        Session session = jms.session(
                Session.AUTO_ACKNOWLEDGE, "jms.optimizeAcknowledge=true", prefetch(10));
        String[] more = JmsFixture.texts(96);
        jms.send(jms.queue(), more);
        JmsFixture.receiveTexts(session.createConsumer(jms.queue()), 4 + more.length);
        session.close();
        jms.expectHolds(jms.queue());
    }

    @Test
    public void clientModeKeepsFlowingBeyondThePrefetch() throws Exception {
        ActiveMQConnection connection = jms.connect(prefetch(2));
        Session session = jms.sessionOn(connection, Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        assertEquals(List.of("a", "b", "c", "d"), JmsFixture.receiveTexts(consumer, 4));
        connection.close();
        jms.expectHolds(jms.queue(), "a", "b", "c", "d");
    }

    private Session take(int count, int acknowledgeMode) throws Exception {
        Session session = jms.session(acknowledgeMode);
        JmsFixture.receiveTexts(session.createConsumer(jms.queue()), count);
        return session;
    }

    private static String prefetch(int count) {
        return "jms.prefetchPolicy.all=" + count;
    }
}
