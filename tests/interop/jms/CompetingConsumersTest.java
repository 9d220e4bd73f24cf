package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.junit.Rule;
import org.junit.Test;

/** Consumers of a queue share its messages: each message goes to exactly one of them. */
public class CompetingConsumersTest {
    private static final int MESSAGES = 3000;

    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void threeConsumersShareWithoutOverlap() throws Exception {
        List<BlockingQueue<String>> shares = new ArrayList<>();
        List<Session> sessions = new ArrayList<>();
        CountDownLatch all = new CountDownLatch(MESSAGES);
        for (int i = 0; i < 3; i++) {
            BlockingQueue<String> share = new LinkedBlockingQueue<>();
            shares.add(share);
            sessions.add(collect(share, all));
        }
        Session session = jms.session(Session.SESSION_TRANSACTED);
        JmsFixture.send(session, jms.queue(), JmsFixture.texts(MESSAGES));
        session.commit();

        assertTrue(all.await(JmsFixture.WAIT_MS, TimeUnit.MILLISECONDS));
        Set<String> union = new HashSet<>();
        int total = 0;
        for (BlockingQueue<String> share : shares) {
            assertTrue("a consumer got nothing", !share.isEmpty());
            assertEquals("not in order", sorted(share), new ArrayList<>(share));
            union.addAll(share);
            total += share.size();
        }
        assertEquals(MESSAGES, total);
        assertEquals(Set.of(JmsFixture.texts(MESSAGES)), union);
        for (Session each : sessions) {
            each.close();
        }
        jms.expectHolds(jms.queue());
    }

    @Test
    public void consumerThatLeavesHandsItsShareOn() throws Exception {
        Session leaving = jms.session(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer first = leaving.createConsumer(jms.queue());
        jms.send(jms.queue(), "a", "b", "c", "d");
        JmsFixture.awaitPrefetched(first, 4);
        MessageConsumer second =
                jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(jms.queue());
        leaving.close();
        assertEquals(List.of("a", "b", "c", "d"), JmsFixture.receiveTexts(second, 4));
    }

    @Test
    public void slowConsumerWithPrefetchOneDoesNotHoldTheOthersUp() throws Exception {
        MessageConsumer slow = jms.session(
                Session.CLIENT_ACKNOWLEDGE, "jms.prefetchPolicy.queuePrefetch=1")
                .createConsumer(jms.queue());
        jms.send(jms.queue(), "held");
        JmsFixture.awaitPrefetched(slow, 1);
        MessageConsumer quick =
                jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(jms.queue());
        jms.send(jms.queue(), "b", "c", "d");
        assertEquals(List.of("b", "c", "d"), JmsFixture.receiveTexts(quick, 3));
        assertEquals("held", JmsFixture.receiveText(slow));
    }

    private Session collect(BlockingQueue<String> share, CountDownLatch all)
            throws JMSException {
        Session session =
                jms.session(Session.AUTO_ACKNOWLEDGE, "jms.prefetchPolicy.queuePrefetch=50");
        session.createConsumer(jms.queue()).setMessageListener(message -> {
            try {
                share.add(((TextMessage) message).getText());
                all.countDown();
            } catch (JMSException failed) {
                throw new AssertionError(failed);
            }
        });
        return session;
    }

    private static List<String> sorted(BlockingQueue<String> share) {
        List<String> sorted = new ArrayList<>(share);
        sorted.sort(null);
        return sorted;
    }
}
