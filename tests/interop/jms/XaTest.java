package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.XASession;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.apache.activemq.ActiveMQXAConnection;
import org.apache.activemq.ActiveMQXAConnectionFactory;
import org.apache.activemq.command.XATransactionId;
import org.junit.After;
import org.junit.Rule;
import org.junit.Test;
import org.junit.function.ThrowingRunnable;

/** Branches of distributed transactions, as a transaction manager drives them. */
public class XaTest {
    private static final int KILLS = JmsFixture.KILLS;

    @Rule public final JmsFixture jms = new JmsFixture();

    private final List<ActiveMQXAConnection> connections = new ArrayList<>();
    private int lastBranch;

    @After
    public void endAll() throws Exception {
        for (ActiveMQXAConnection connection : connections) {
            JmsFixture.close(connection);
        }
        XAResource resource = new Worker().resource;
        for (Xid left : recovered(resource)) {
            resource.rollback(left);
        }
        JmsFixture.close(connections.get(connections.size() - 1));
    }

    // -- two phases

    @Test
    public void nothingIsSeenBeforeTheSecondPhase() throws Exception {
        jms.send(in(), "0");
        Worker worker = new Worker();
        Xid xid = worker.consumeAndSend();
        assertEquals(XAResource.XA_OK, worker.resource.prepare(xid));
        jms.expectHolds(out());
        worker.close();
        jms.expectHolds(in());
        new Worker().resource.commit(xid, false);
        jms.expectHolds(out(), "1");
        jms.expectHolds(in());
    }

    @Test
    public void aPreparedBranchRollsBack() throws Exception {
        jms.send(in(), "0");
        Worker worker = new Worker();
        Xid xid = worker.consumeAndSend();
        worker.resource.prepare(xid);
        worker.resource.rollback(xid);
        worker.close();
        jms.expectHolds(out());
        jms.expectHolds(in(), "0");
    }

    @Test
    public void aBranchThatDidNothingIsReadOnly() throws Exception {
        Worker worker = new Worker();
        Xid xid = worker.start();
        worker.end(xid);
        assertEquals(XAResource.XA_RDONLY, worker.resource.prepare(xid));
        expectError(XAException.XAER_NOTA, () -> worker.resource.commit(xid, false));
    }

    @Test
    public void preparedBranchesAreRecoveredAndNoOthers() throws Exception {
        Worker worker = new Worker();
        Xid prepared = worker.sendPrepared("a");
        Xid unprepared = worker.start();
        worker.send("b");
        worker.end(unprepared);
        assertEquals(Set.of(prepared), Set.of(recovered(worker.resource)));
        worker.resource.rollback(unprepared);
        worker.resource.commit(prepared, false);
        assertEquals(0, recovered(worker.resource).length);
        jms.expectHolds(out(), "a");
    }

    @Test
    public void anyConnectionEndsAPreparedBranch() throws Exception {
        jms.send(in(), "0", "1");
        Worker first = new Worker();
        Xid committed = first.consumeAndSend();
        first.resource.prepare(committed);
        Xid rolledBack = first.consumeAndSend();
        first.resource.prepare(rolledBack);
        Worker second = new Worker();
        assertEquals(Set.of(committed, rolledBack), Set.of(recovered(second.resource)));
        second.resource.commit(committed, false);
        second.resource.rollback(rolledBack);
        expectError(XAException.XAER_NOTA, () -> first.resource.commit(committed, false));
        first.close();
        jms.expectHolds(in(), "1");
        jms.expectHolds(out(), "1");
    }

    @Test
    public void aWindowIsFreeAgainWhenAnotherConnectionEndsTheBranch() throws Exception {
        jms.send(in(), JmsFixture.texts(20));
        Worker first = new Worker("jms.prefetchPolicy.all=1");
        Worker second = new Worker();
        for (int i = 0; i < 20; i++) {
            Xid xid = first.start();
            assertEquals(JmsFixture.texts(20)[i], JmsFixture.receiveText(first.receiver()));
            first.end(xid);
            first.resource.prepare(xid);
            second.resource.commit(xid, false);
        }
        first.close();
        jms.expectHolds(in());
    }

    // -- one phase

    @Test
    public void commitsInOnePhase() throws Exception {
        jms.send(in(), "0");
        Worker worker = new Worker();
        Xid xid = worker.consumeAndSend();
        jms.expectHolds(out());
        worker.resource.commit(xid, true);
        worker.close();
        jms.expectHolds(out(), "1");
        jms.expectHolds(in());
    }

    @Test
    public void aRollbackIsDeliveredAgain() throws Exception {
        jms.send(in(), "0");
        Worker worker = new Worker();
        worker.resource.rollback(worker.consumeAndSend());
        Xid again = worker.start();
        Message message = JmsFixture.receive(worker.receiver());
        assertTrue(message.getJMSRedelivered());
        worker.end(again);
        worker.resource.commit(again, true);
        worker.close();
        jms.expectHolds(in());
        jms.expectHolds(out());
    }

    @Test
    public void manyInTurnOnOneSession() throws Exception {
        jms.send(in(), JmsFixture.texts(200));
        Worker worker = new Worker();
        for (int i = 0; i < 200; i++) {
            Xid xid = worker.consumeAndSend();
            if (i % 2 == 0) {
                worker.resource.prepare(xid);
            }
            worker.resource.commit(xid, i % 2 != 0);
        }
        worker.close();
        jms.expectHolds(in());
        String[] ones = new String[200];
        Arrays.fill(ones, "1");
        jms.expectHolds(out(), ones);
    }

    // -- suspended and joined

    @Test
    public void aSuspendedBranchGoesOn() throws Exception {
        Worker worker = new Worker();
        Xid xid = worker.start();
        worker.send("a");
        worker.resource.end(xid, XAResource.TMSUSPEND);
        Xid other = worker.start();
        worker.send("other");
        worker.end(other);
        worker.resource.start(xid, XAResource.TMRESUME);
        worker.send("b");
        worker.end(xid);
        worker.resource.rollback(other);
        worker.resource.prepare(xid);
        worker.resource.commit(xid, false);
        jms.expectHolds(out(), "a", "b");
    }

    @Test
    public void severalConnectionsWorkInOneBranch() throws Exception {
        jms.send(in(), "0");
        Worker first = new Worker();
        Worker second = new Worker();
        assertTrue(first.resource.isSameRM(second.resource));
        Xid xid = first.consumeAndSend();
        second.resource.start(xid, XAResource.TMJOIN);
        second.send("2");
        second.end(xid);
        assertEquals(XAResource.XA_OK, first.resource.prepare(xid));
        jms.expectHolds(out());
        first.resource.commit(xid, false);
        first.close();
        second.close();
        jms.expectHolds(in());
        assertEquals(Set.of("1", "2"), held(out(), 2));
    }

    // -- errors

    @Test
    public void unknownBranchesAreRefused() throws Exception {
        XAResource resource = new Worker().resource;
        Xid xid = newXid();
        expectError(XAException.XAER_NOTA, () -> resource.commit(xid, false));
        expectError(XAException.XAER_NOTA, () -> resource.commit(xid, true));
        expectError(XAException.XAER_NOTA, () -> resource.rollback(xid));
        expectError(XAException.XAER_NOTA, () -> resource.forget(xid));
        expectError(XAException.XAER_RMFAIL, () -> resource.prepare(xid));
    }

    @Test
    public void theSecondPhaseNeedsTheFirst() throws Exception {
        Worker worker = new Worker();
        Xid xid = worker.start();
        worker.send("a");
        worker.end(xid);
        expectError(XAException.XAER_PROTO, () -> worker.resource.commit(xid, false));
        worker.resource.commit(xid, true);
        jms.expectHolds(out(), "a");
    }

    @Test
    public void forgettingRollsBack() throws Exception {
        Worker worker = new Worker();
        Xid xid = worker.sendPrepared("a");
        worker.resource.forget(xid);
        assertEquals(0, recovered(worker.resource).length);
        jms.expectHolds(out());
    }

    // -- ends of connections and of the broker

    @Test
    public void theEndOfItsConnectionRollsBackWhatIsNotPrepared() throws Exception {
        jms.send(in(), "0", "1");
        Worker worker = new Worker();
        Xid prepared = worker.consumeAndSend();
        worker.resource.prepare(prepared);
        Xid unprepared = worker.consumeAndSend();
        jms.cutOff(worker.connection);
        Worker other = new Worker();
        expectError(XAException.XAER_NOTA, () -> other.resource.commit(unprepared, true));
        assertEquals(Set.of(prepared), Set.of(recovered(other.resource)));
    }

    /** Classic gives them to the next consumer when the connection is lost. */
    @Test
    public void whatAPreparedBranchHasReceivedWaitsForItsEnd() throws Exception {
        assumeTrue(TestBroker.isOurs());
        jms.send(in(), "0", "1");
        Worker worker = new Worker();
        Xid prepared = worker.consumeAndSend();
        worker.resource.prepare(prepared);
        worker.consumeAndSend();
        jms.cutOff(worker.connection);
        Worker other = new Worker();
        MessageConsumer next = jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(in());
        assertEquals("1", JmsFixture.receiveText(next));
        jms.expectNothingMore(in(), next);
        other.resource.rollback(prepared);
        assertEquals("0", JmsFixture.receiveText(next));
        jms.expectHolds(out());
    }

    @Test
    public void preparedBranchesSurviveKills() throws Exception {
        Set<String> expected = new HashSet<>();
        for (int round = 0; round < KILLS; round++) {
            jms.send(in(), "0", "1", "2");
            Worker worker = new Worker();
            Xid commits = worker.consumeAndSend("committed " + round);
            Xid rollsBack = worker.consumeAndSend("rolled back " + round);
            Xid unprepared = worker.consumeAndSend("unprepared " + round);
            worker.resource.prepare(commits);
            worker.resource.prepare(rollsBack);
            TestBroker.kill();
            TestBroker.start();

            XAResource resource = new Worker().resource;
            assertEquals(Set.of(commits, rollsBack), Set.of(recovered(resource)));
            expectError(XAException.XAER_NOTA, () -> resource.commit(unprepared, true));
            jms.expectHolds(in(), "2");
            resource.commit(commits, false);
            resource.rollback(rollsBack);
            assertEquals(0, recovered(resource).length);
            expected.add("committed " + round);
            jms.expectHolds(in(), "1");
        }
        assertEquals(expected, held(out(), KILLS));
    }

    @Test
    public void branchesEndWholeWhenTheBrokerIsKilledMeanwhile() throws Exception {
        for (int round = 0; round < KILLS; round++) {
            jms.send(in(), "0");
            Worker worker = new Worker();
            Xid xid = worker.consumeAndSend();
            worker.resource.prepare(xid);
            Thread commit = new Thread(() -> {
                try {
                    worker.resource.commit(xid, false);
                } catch (XAException killed) {
                    // In doubt: that is what recovery is for.
                }
            });
            commit.start();
            Thread.sleep(round % 4);  // the kill comes at different moments
            TestBroker.kill();
            TestBroker.start();
            commit.join();
            XAResource resource = new Worker().resource;
            for (Xid left : recovered(resource)) {
                assertEquals(xid, left);
                resource.commit(left, false);
            }
            jms.expectHolds(in());
            jms.expectHolds(out(), "1");
        }
    }

    // -- messages with an id of their sender's

    @Test
    public void aBranchWithWhatWasSentBeforeIsRolledBack() throws Exception {
        assumeTrue(TestBroker.isOurs());
        Worker worker = new Worker();
        worker.resource.commit(worker.sendOnce("a", "1"), true);
        Xid prepared = worker.sendOnce("b", "1");
        expectError(XAException.XA_RBROLLBACK, () -> worker.resource.prepare(prepared));
        Xid committed = worker.sendOnce("c", "1");
        expectError(XAException.XA_RBROLLBACK, () -> worker.resource.commit(committed, true));
        Xid other = worker.sendOnce("d", "2");
        worker.resource.prepare(other);
        worker.resource.commit(other, false);
        jms.expectHolds(out(), "a", "d");
    }

    // -- the language

    private Queue in() {
        return jms.queue(".in");
    }

    private Queue out() {
        return jms.queue(".out");
    }

    private static Xid[] recovered(XAResource resource) throws XAException {
        return resource.recover(XAResource.TMSTARTRSCAN | XAResource.TMENDRSCAN);
    }

    private Set<String> held(Queue queue, int count) throws Exception {
        MessageConsumer consumer =
                jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(queue);
        Set<String> texts = new HashSet<>(JmsFixture.receiveTexts(consumer, count));
        jms.expectNothingMore(queue, consumer);
        return texts;
    }

    private static void expectError(int code, ThrowingRunnable call) {
        assertEquals(code, assertThrows(XAException.class, call).errorCode);
    }

    private Xid newXid() {
        XATransactionId xid = new XATransactionId();
        xid.setFormatId(4711);
        xid.setGlobalTransactionId(
                Integer.toHexString(jms.queue().hashCode())
                .getBytes(StandardCharsets.UTF_8));
        xid.setBranchQualifier(("branch " + ++lastBranch).getBytes(StandardCharsets.UTF_8));
        return xid;
    }

    /** A connection that takes part in branches. */
    private final class Worker {
        final ActiveMQXAConnection connection;
        final XASession session;
        final XAResource resource;
        private MessageConsumer receiver;

        Worker(String... options) throws Exception {
            ActiveMQXAConnectionFactory factory = new ActiveMQXAConnectionFactory(
                    TestBroker.url() + (options.length == 0 ? "" : "?")
                            + String.join("&", options));
            factory.getRedeliveryPolicy().setInitialRedeliveryDelay(0);
            connection = (ActiveMQXAConnection) factory.createXAConnection();
            connections.add(connection);
            connection.start();
            session = connection.createXASession();
            resource = session.getXAResource();
        }

        MessageConsumer receiver() throws Exception {
            if (receiver == null) {
                receiver = session.createConsumer(in());
            }
            return receiver;
        }

        Xid start() throws XAException {
            Xid xid = newXid();
            resource.start(xid, XAResource.TMNOFLAGS);
            return xid;
        }

        void end(Xid xid) throws XAException {
            resource.end(xid, XAResource.TMSUCCESS);
        }

        void send(String text) throws Exception {
            JmsFixture.send(session, out(), text);
        }

        /** A branch that has sent a message with that id. */
        Xid sendOnce(String text, String id) throws Exception {
            Xid xid = start();
            Message message = session.createTextMessage(text);
            message.setStringProperty("_AMQ_DUPL_ID", id);
            session.createProducer(out()).send(message);
            end(xid);
            return xid;
        }

        Xid consumeAndSend() throws Exception {
            return consumeAndSend("1");
        }

        /** A branch that has received one message and sent one. */
        Xid consumeAndSend(String text) throws Exception {
            Xid xid = start();
            JmsFixture.receive(receiver());
            send(text);
            end(xid);
            return xid;
        }

        Xid sendPrepared(String text) throws Exception {
            Xid xid = start();
            send(text);
            end(xid);
            assertEquals(XAResource.XA_OK, resource.prepare(xid));
            return xid;
        }

        void close() throws Exception {
            connection.close();
        }
    }
}
