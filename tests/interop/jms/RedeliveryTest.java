package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;

/**
 * Which messages of a consumer that went away come back as redelivered, and in what order
 * (openwire.md, 11.6). A delivery is written as its text and its JMSXDeliveryCount.
 */
public class RedeliveryTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    @Before
    public void fill() throws Exception {
        jms.send(jms.queue(), "a", "b", "c", "d");
    }

    @Test
    public void socketLost() throws Exception {
        Holder dead = hold(jms.connect(), 2);
        jms.cutOff(dead.connection);
        expectDeliveries("a 2", "b 2", "c 2", "d 2");
    }

    @Test
    public void socketLostBeforeAnythingWasTaken() throws Exception {
        Holder dead = hold(jms.connect(), 0);
        jms.cutOff(dead.connection);
        expectDeliveries("a 2", "b 2", "c 2", "d 2");
    }

    @Test
    public void socketLostTwice() throws Exception {
        for (int i = 0; i < 2; i++) {
            jms.cutOff(hold(jms.connect(), 1).connection);
        }
        expectDeliveries("a 3", "b 3", "c 3", "d 3");
    }

    @Test
    public void socketLostWithASmallWindow() throws Exception {
        ActiveMQConnection connection = jms.connect("jms.prefetchPolicy.queuePrefetch=2");
        Session session = jms.sessionOn(connection, Session.CLIENT_ACKNOWLEDGE);
        JmsFixture.awaitPrefetched(session.createConsumer(jms.queue()), 2);
        jms.cutOff(connection);
        expectDeliveries("a 2", "b 2", "c 1", "d 1");
    }

    @Test
    public void acknowledgedOnesDoNotComeBack() throws Exception {
        Holder dead = hold(jms.connect(), 1);
        dead.taken.get(0).acknowledge();
        JmsFixture.send(dead.session, jms.queue(".after"), "confirms that the ack was taken");
        jms.cutOff(dead.connection);
        expectDeliveries("b 2", "c 2", "d 2");
    }

    @Test
    public void consumerClosedInOrder() throws Exception {
        Holder leaving = hold(jms.connect(), 2);
        leaving.consumer.close();
        expectDeliveries("a 2", "b 2", "c 1", "d 1");
    }

    @Test
    public void sessionClosedInOrder() throws Exception {
        hold(jms.connect(), 2).session.close();
        expectDeliveries("a 2", "b 2", "c 1", "d 1");
    }

    @Test
    public void connectionClosedInOrder() throws Exception {
        hold(jms.connect(), 2).connection.close();
        expectDeliveries("a 2", "b 2", "c 1", "d 1");
    }

    @Test
    public void closedBeforeAnythingWasTaken() throws Exception {
        hold(jms.connect(), 0).consumer.close();
        expectDeliveries("a 1", "b 1", "c 1", "d 1");
    }

    /** Before version 5 a closing consumer could not say what it had seen. */
    @Test
    public void closedByAClientTooOldToSayWhatItSaw() throws Exception {
        hold(jms.connect("wireFormat.version=4"), 2).consumer.close();
        expectDeliveries("a 2", "b 2", "c 2", "d 2");
    }

    @Test
    public void rollbackCountsAtTheClient() throws Exception {
        Session session = jms.session(Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        for (int count = 1; count <= 3; count++) {
            assertEquals(List.of("a " + count, "b " + count), deliveries(consumer, 2));
            session.rollback();
        }
        assertEquals(List.of("a 4", "b 4", "c 1", "d 1"), deliveries(consumer, 4));
        session.commit();
    }

    @Test
    public void rollbackThenClose() throws Exception {
        Session session = jms.session(Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        deliveries(consumer, 2);
        session.rollback();
        session.close();
        expectDeliveries("a 2", "b 2", "c 1", "d 1");
    }

    @Test
    public void recoverCountsAtTheClient() throws Exception {
        Session session = jms.session(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        assertEquals(List.of("a 1", "b 1"), deliveries(consumer, 2));
        session.recover();
        assertEquals(List.of("a 2", "b 2", "c 1", "d 1"), deliveries(consumer, 4));
    }

    @Test
    public void returnedOnesGoBeforeNewOnes() throws Exception {
        Holder dead = hold(jms.connect(), 3);
        jms.send(jms.queue(), "e");
        JmsFixture.awaitPrefetched(dead.consumer, 2);
        jms.cutOff(dead.connection);
        jms.send(jms.queue(), "f");
        expectDeliveries("a 2", "b 2", "c 2", "d 2", "e 2", "f 1");
    }

    /** Where the client says that they need not keep their order, it goes on with later ones. */
    @Test
    public void clientsMayGoOnWhileAMessageWaitsToComeAgain() throws Exception {
        Session session = jms.session(Session.SESSION_TRANSACTED,
                "jms.nonBlockingRedelivery=true&jms.redeliveryPolicy.initialRedeliveryDelay=1000");
        MessageConsumer consumer = session.createConsumer(jms.queue());
        assertEquals("a", JmsFixture.receiveText(consumer));
        JmsFixture.awaitPrefetched(consumer, 3);
        session.rollback();
        List<String> others = JmsFixture.receiveTexts(consumer, 3);
        assertEquals(List.of("b", "c", "d"), others);
        Message again = JmsFixture.receive(consumer);
        assertEquals("a", ((TextMessage) again).getText());
        assertTrue(again.getJMSRedelivered());
        session.commit();
        session.close();
        jms.expectHolds(jms.queue());
    }

    /** A consumer that took some messages and acknowledged none; all four are at the client. */
    private Holder hold(ActiveMQConnection connection, int taken) throws Exception {
        Holder holder = new Holder();
        holder.connection = connection;
        holder.session = jms.sessionOn(connection, Session.CLIENT_ACKNOWLEDGE);
        holder.consumer = holder.session.createConsumer(jms.queue());
        for (int i = 0; i < taken; i++) {
            holder.taken.add(JmsFixture.receive(holder.consumer));
        }
        JmsFixture.awaitPrefetched(holder.consumer, 4 - taken);
        return holder;
    }

    private void expectDeliveries(String... expected) throws Exception {
        MessageConsumer consumer =
                jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(jms.queue());
        assertEquals(List.of(expected), deliveries(consumer, expected.length));
    }

    private static List<String> deliveries(MessageConsumer consumer, int count)
            throws Exception {
        List<String> deliveries = new ArrayList<>();
        while (deliveries.size() < count) {
            Message message = JmsFixture.receive(consumer);
            int times = message.getIntProperty("JMSXDeliveryCount");
            assertEquals("flag and count must agree", times > 1, message.getJMSRedelivered());
            deliveries.add(((TextMessage) message).getText() + " " + times);
        }
        return deliveries;
    }

    private static final class Holder {
        ActiveMQConnection connection;
        Session session;
        MessageConsumer consumer;
        final List<Message> taken = new ArrayList<>();
    }
}
