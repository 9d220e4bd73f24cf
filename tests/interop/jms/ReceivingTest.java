package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.junit.Rule;
import org.junit.Test;

/** The ways of receiving: listeners, blocking, with a timeout, without waiting, and pulling. */
public class ReceivingTest {
    private static final String PULL = "jms.prefetchPolicy.all=0";

    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void listenerGetsMessagesInOrder() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        listen(jms.session(Session.AUTO_ACKNOWLEDGE), heard);
        jms.send(jms.queue(), JmsFixture.texts(100));
        for (String text : JmsFixture.texts(100)) {
            assertEquals(text, heard.poll(JmsFixture.WAIT_MS, TimeUnit.MILLISECONDS));
        }
    }

    @Test
    public void listenerHearsNothingBeforeTheConnectionIsStarted() throws Exception {
        jms.send(jms.queue(), "a");
        ActiveMQConnection connection = jms.open();
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        listen(jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE), heard);
        assertTrue(heard.isEmpty());
        connection.start();
        assertEquals("a", heard.poll(JmsFixture.WAIT_MS, TimeUnit.MILLISECONDS));
    }

    @Test
    public void timeoutPassesOnAnEmptyQueue() throws Exception {
        MessageConsumer consumer =
                jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(jms.queue());
        assertNull(consumer.receive(20));
        assertNull(consumer.receiveNoWait());
        jms.send(jms.queue(), "a");
        assertEquals("a", JmsFixture.receiveText(consumer));
    }

    @Test
    public void pullWithTimeout() throws Exception {
        MessageConsumer consumer =
                jms.session(Session.AUTO_ACKNOWLEDGE, PULL).createConsumer(jms.queue());
        assertNull(consumer.receive(20));
        jms.send(jms.queue(), "a", "b");
        assertEquals(List.of("a", "b"), JmsFixture.receiveTexts(consumer, 2));
        assertNull(consumer.receive(20));
    }

    @Test
    public void pullWithoutWaiting() throws Exception {
        MessageConsumer consumer =
                jms.session(Session.AUTO_ACKNOWLEDGE, PULL).createConsumer(jms.queue());
        assertNull(consumer.receiveNoWait());
        jms.send(jms.queue(), "a");
        assertEquals("a", ((TextMessage) consumer.receiveNoWait()).getText());
        assertNull(consumer.receiveNoWait());
    }

    @Test
    public void pullWaitsForAMessageThatComesLater() throws Exception {
        MessageConsumer consumer =
                jms.session(Session.AUTO_ACKNOWLEDGE, PULL).createConsumer(jms.queue());
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        Thread waiting = new Thread(() -> {
            try {
                received.add(((TextMessage) consumer.receive()).getText());
            } catch (JMSException failed) {
                received.add(failed.toString());
            }
        });
        waiting.start();
        JmsFixture.await(() -> waiting.getState() == Thread.State.WAITING);
        jms.send(jms.queue(), "a");
        assertEquals("a", received.poll(JmsFixture.WAIT_MS, TimeUnit.MILLISECONDS));
    }

    @Test
    public void pulledMessagesStayWithTheOthersUntilAsked() throws Exception {
        MessageConsumer puller =
                jms.session(Session.AUTO_ACKNOWLEDGE, PULL).createConsumer(jms.queue());
        jms.send(jms.queue(), "a", "b");
        assertEquals("a", JmsFixture.receiveText(puller));
        jms.expectHolds(jms.queue(), "b");
    }

    @Test
    public void stoppedConnectionHoldsMessagesBack() throws Exception {
        ActiveMQConnection connection = jms.connect();
        MessageConsumer consumer = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE)
                .createConsumer(jms.queue());
        connection.stop();
        jms.send(jms.queue(), "a");
        assertNull(consumer.receiveNoWait());
        connection.start();
        assertEquals("a", JmsFixture.receiveText(consumer));
    }

    private void listen(Session session, BlockingQueue<String> heard) throws JMSException {
        session.createConsumer(jms.queue()).setMessageListener(message -> {
            try {
                heard.add(((TextMessage) message).getText());
            } catch (JMSException failed) {
                heard.add(failed.toString());
            }
        });
    }
}
