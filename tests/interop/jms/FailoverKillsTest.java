package interop.jms;

import static org.junit.Assert.assertEquals;

import java.util.Collections;
import java.util.List;
import javax.jms.IllegalStateException;
import javax.jms.MessageConsumer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TransactionRolledBackException;
import org.apache.activemq.ActiveMQConnection;
import org.junit.After;
import org.junit.Rule;
import org.junit.Test;

/**
 * A worker with a `failover:` URL passes messages from one queue to another, each in a transaction,
 * while the broker is killed at every step of that. Whatever the client is told, a message is in
 * one of the two queues in the end, and once.
 */
public class FailoverKillsTest {
    private static final int KILLS = JmsFixture.KILLS;
    /** One that ends in doubt may have passed on its message before the next is taken. */
    private static final int MESSAGES = 2 * KILLS + 10;

    private enum Step { RECEIVE, SEND, COMMIT, DURING_COMMIT, BETWEEN }

    @Rule public final JmsFixture jms = new JmsFixture();

    private ActiveMQConnection connection;
    private Session session;
    private MessageConsumer consumer;
    private int inDoubt;
    private int markedRollbackOnlys;

    @After
    public void disconnect() {
        JmsFixture.close(connection);
    }

    @Test
    public void aTransactedLoopLosesAndDoublesNothing() throws Exception {
        jms.send(in(), JmsFixture.texts(MESSAGES));
        connection = jms.openUrl("failover:(" + TestBroker.url() + ")"
                + "?initialReconnectDelay=5&maxReconnectDelay=20");
        connection.getRedeliveryPolicy().setMaximumRedeliveries(-1);
        connection.start();
        session = jms.sessionOn(connection, Session.SESSION_TRANSACTED);
        consumer = session.createConsumer(in());
        for (int round = 0; round < KILLS; round++) {
            Step killAt = Step.values()[round % Step.values().length];
            while (!passOne(killAt, round)) {
                killAt = null;  // once a round is enough
            }
        }
        connection.close();

        List<String> found = jms.takeAll(in());
        List<String> passed = jms.takeAll(out());
        found.addAll(passed);
        Collections.sort(found);
        assertEquals(List.of(JmsFixture.texts(MESSAGES)), found);
        System.out.printf("     %d kills: %d messages passed; the client reported %d transactions "
                + "rolled back or in doubt, %d to be rolled back%n",
                KILLS, passed.size(), inDoubt, markedRollbackOnlys);
    }

    /** False if the client has reported that the transaction was rolled back, or may have been. */
    private boolean passOne(Step killAt, int round) throws Exception {
        try {
            killIf(killAt == Step.RECEIVE);
            String text = JmsFixture.receiveText(consumer);
            killIf(killAt == Step.SEND);
            JmsFixture.send(session, out(), text);
            killIf(killAt == Step.COMMIT);
            commit(killAt == Step.DURING_COMMIT, round);
            killIf(killAt == Step.BETWEEN);
            return true;
        } catch (TransactionRolledBackException reported) {
            inDoubt++;
            return false;
        } catch (IllegalStateException markedRollbackOnly) {
            session.rollback();
            markedRollbackOnlys++;
            return false;
        }
    }

    private void commit(boolean kill, int round) throws Exception {
        if (!kill) {
            session.commit();
            return;
        }
        Thread killer = new Thread(() -> {
            try {
                Thread.sleep(round / Step.values().length % 4);  // at different moments
                killIf(true);
            } catch (Exception failed) {
                throw new AssertionError(failed);
            }
        });
        killer.start();
        try {
            session.commit();
        } finally {
            killer.join();
        }
    }

    private static void killIf(boolean wanted) throws Exception {
        if (wanted) {
            TestBroker.kill();
            TestBroker.start();
        }
    }

    private Queue in() {
        return jms.queue(".in");
    }

    private Queue out() {
        return jms.queue(".out");
    }
}
