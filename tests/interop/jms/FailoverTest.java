package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import javax.jms.TransactionRolledBackException;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.transport.DefaultTransportListener;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;

/** Clients with a `failover:` URL live through restarts of the broker. */
public class FailoverTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    private ActiveMQConnection connection;

    @Before
    public void connect() throws Exception {
        connection = failover();
    }

    @After
    public void disconnect() {
        JmsFixture.close(connection);
    }

    @Test
    public void orderlyRestart() throws Exception {
        expectSurvives(TestBroker::stop);
    }

    @Test
    public void killedAndRestarted() throws Exception {
        expectSurvives(TestBroker::kill);
    }

    @Test
    public void sendWaitsForTheBrokerToComeBack() throws Exception {
        Session session = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        JmsFixture.send(session, jms.queue(), "before");
        CountDownLatch interrupted = onInterruption();
        TestBroker.kill();
        assertTrue(interrupted.await(JmsFixture.WAIT_MS, TimeUnit.MILLISECONDS));
        CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> {
            try {
                JmsFixture.send(session, jms.queue(), "while it was down");
            } catch (Exception failed) {
                throw new AssertionError(failed);
            }
        });
        TestBroker.start();
        sent.get(JmsFixture.WAIT_MS, TimeUnit.MILLISECONDS);
        jms.expectHolds(jms.queue(), "before", "while it was down");
    }

    @Test
    public void unacknowledgedMessagesComeAgain() throws Exception {
        jms.send(jms.queue(), "a", "b", "c");
        Session session = jms.sessionOn(connection, Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        JmsFixture.receiveTexts(consumer, 1);
        JmsFixture.awaitPrefetched(consumer, 2);
        CountDownLatch resumed = onResumption();
        restart(TestBroker::kill);
        assertTrue(resumed.await(JmsFixture.WAIT_MS, TimeUnit.MILLISECONDS));
        session.close();
        jms.expectHolds(jms.queue(), "a", "b", "c");
    }

    @Test
    public void openTransactionIsReplayedAndCommits() throws Exception {
        Session session = jms.sessionOn(connection, Session.SESSION_TRANSACTED);
        JmsFixture.send(session, jms.queue(), "a", "b");
        restart(TestBroker::kill);
        JmsFixture.send(session, jms.queue(), "c");
        session.commit();
        jms.expectHolds(jms.queue(), "a", "b", "c");
    }

    @Test
    public void consumingTransactionRollsBackAndIsRepeated() throws Exception {
        jms.send(jms.queue(), "a", "b");
        Session session = jms.sessionOn(connection, Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        JmsFixture.receiveTexts(consumer, 1);
        restart(TestBroker::kill);
        try {
            session.commit();
        } catch (TransactionRolledBackException repeated) {
            assertEquals(List.of("a", "b"), JmsFixture.receiveTexts(consumer, 2));
            session.commit();
            session.close();
            jms.expectHolds(jms.queue());
            return;
        }
        session.close();
        jms.expectHolds(jms.queue(), "b");
    }

    @Test
    public void temporaryQueueKeepsItsName() throws Exception {
        Session session = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        TemporaryQueue replies = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(replies);
        restart(TestBroker::kill);
        JmsFixture.send(session, replies, "still there");
        assertEquals("still there", JmsFixture.receiveText(consumer));
    }

    /** Sends and receives in a transaction on both sides of a restart; nothing is lost. */
    private void expectSurvives(Action end) throws Exception {
        Session session = jms.sessionOn(connection, Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(jms.queue());
        for (int round = 0; round < 3; round++) {
            JmsFixture.send(session, jms.queue(), "a" + round, "b" + round);
            session.commit();
            assertEquals(List.of("a" + round, "b" + round),
                    JmsFixture.receiveTexts(consumer, 2));
            session.commit();
            if (round < 2) {
                restart(end);
            }
        }
        session.close();
        jms.expectHolds(jms.queue());
    }

    private ActiveMQConnection failover() throws Exception {
        ActiveMQConnection made = jms.openUrl("failover:(" + TestBroker.url() + ")"
                + "?initialReconnectDelay=10&maxReconnectDelay=100");
        made.start();
        return made;
    }

    private static void restart(Action end) throws Exception {
        end.perform();
        TestBroker.start();
    }

    private CountDownLatch onInterruption() {
        CountDownLatch latch = new CountDownLatch(1);
        connection.addTransportListener(new DefaultTransportListener() {
            @Override
            public void transportInterupted() {
                latch.countDown();
            }
        });
        return latch;
    }

    private CountDownLatch onResumption() {
        CountDownLatch latch = new CountDownLatch(1);
        connection.addTransportListener(new DefaultTransportListener() {
            @Override
            public void transportResumed() {
                latch.countDown();
            }
        });
        return latch;
    }

    private interface Action {
        void perform() throws Exception;
    }
}
