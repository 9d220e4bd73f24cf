package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.junit.Rule;
import org.junit.Test;

/** Clients without failover are told when the broker goes, and what it holds is not lost. */
public class BrokerStopTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void exceptionListenerHearsAnOrderlyStop() throws Exception {
        expectHeard(TestBroker::stop);
    }

    @Test
    public void exceptionListenerHearsAKill() throws Exception {
        expectHeard(TestBroker::kill);
    }

    @Test
    public void persistentMessagesSurviveAnOrderlyStop() throws Exception {
        keepMessagesOver(TestBroker::stop);
    }

    @Test
    public void persistentMessagesSurviveAKill() throws Exception {
        keepMessagesOver(TestBroker::kill);
    }

    /** Classic forgets at a crash which messages were out; here they come back flagged. */
    @Test
    public void messagesOutAtAKillComeBackRedelivered() throws Exception {
        assumeTrue(TestBroker.isOurs());
        jms.send(jms.queue(), "a", "b");
        MessageConsumer consumer =
                jms.session(Session.CLIENT_ACKNOWLEDGE).createConsumer(jms.queue());
        JmsFixture.receiveText(consumer);
        JmsFixture.awaitPrefetched(consumer, 1);
        TestBroker.kill();
        TestBroker.start();
        jms.send(jms.queue(), "c");

        MessageConsumer next =
                jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(jms.queue());
        expectDelivery("a", true, next);
        expectDelivery("b", true, next);
        expectDelivery("c", false, next);
    }

    private static void expectDelivery(String text, boolean again, MessageConsumer consumer)
            throws Exception {
        Message message = JmsFixture.receive(consumer);
        assertEquals(text, ((TextMessage) message).getText());
        assertEquals(text, again, message.getJMSRedelivered());
    }

    private void expectHeard(Action end) throws Exception {
        ActiveMQConnection connection = jms.connect();
        CountDownLatch heard = new CountDownLatch(1);
        connection.setExceptionListener(failure -> heard.countDown());
        Session session = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        JmsFixture.send(session, jms.queue(), "a");
        end.perform();
        try {
            assertTrue(heard.await(JmsFixture.WAIT_MS, TimeUnit.MILLISECONDS));
            assertThrows(JMSException.class, () -> JmsFixture.send(session, jms.queue(), "b"));
        } finally {
            TestBroker.start();
        }
    }

    private void keepMessagesOver(Action end) throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        JmsFixture.send(session, jms.queue(), JmsFixture.texts(100));
        end.perform();
        TestBroker.start();
        jms.expectHolds(jms.queue(), JmsFixture.texts(100));
    }

    private interface Action {
        void perform() throws Exception;
    }
}
