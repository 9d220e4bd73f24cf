package interop.qpid;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import org.junit.Test;

public class TransactionsTest extends QpidFixture {
    private JMSContext transacted() {
        return context(JMSContext.SESSION_TRANSACTED);
    }

    @Test
    public void sendsAreSeenAfterTheCommit() throws Exception {
        JMSContext sending = transacted();
        JMSContext receiving = context();
        Queue queue = sending.createQueue(unique("queue"));
        JMSConsumer consumer = receiving.createConsumer(queue);
        sending.createProducer().send(queue, "a");
        sending.createProducer().send(queue, "b");
        assertNull(consumer.receiveNoWait());
        sending.commit();
        assertEquals("a", text(consumer));
        assertEquals("b", text(consumer));
    }

    @Test
    public void rolledBackSendsAreNeverSeen() throws Exception {
        JMSContext sending = transacted();
        Queue queue = sending.createQueue(unique("queue"));
        sending.createProducer().send(queue, "never");
        sending.rollback();
        sending.createProducer().send(queue, "seen");
        sending.commit();
        assertEquals("seen", text(context().createConsumer(queue)));
    }

    @Test
    public void rolledBackReceivesComeAgainInOrder() throws Exception {
        JMSContext context = transacted();
        Queue queue = context.createQueue(unique("queue"));
        for (int i = 0; i < 10; i++) {
            context.createProducer().send(queue, "m" + i);
        }
        context.commit();
        JMSConsumer consumer = context.createConsumer(queue);
        for (int i = 0; i < 5; i++) {
            assertEquals("m" + i, text(consumer));
        }
        context.rollback();
        for (int i = 0; i < 10; i++) {
            Message message = consumer.receive(WAIT_MS);
            assertEquals("m" + i, message.getBody(String.class));
            assertEquals(i < 5, message.getJMSRedelivered());
        }
        context.commit();
        assertNull(consumer.receiveNoWait());
    }

    @Test
    public void receiveAndSendInOne() throws Exception {
        JMSContext context = transacted();
        Queue in = context.createQueue(unique("in"));
        Queue out = context.createQueue(unique("out"));
        context().createProducer().send(in, "m");
        JMSConsumer consumer = context.createConsumer(in);
        for (boolean commit : new boolean[] {false, true}) {
            context.createProducer().send(out, text(consumer));
            if (commit) {
                context.commit();
            } else {
                context.rollback();
            }
        }
        assertEquals("m", text(context().createConsumer(out)));
        consumer.close();
        assertNull(context().createConsumer(in).receiveNoWait());
    }

    @Test
    public void closingRollsBack() throws Exception {
        JMSContext context = transacted();
        Queue queue = context.createQueue(unique("queue"));
        context().createProducer().send(queue, "m");
        assertEquals("m", text(context.createConsumer(queue)));
        context.createProducer().send(queue, "never");
        context.close();
        JMSConsumer consumer = context().createConsumer(queue);
        Message again = consumer.receive(WAIT_MS);
        assertEquals("m", again.getBody(String.class));
        assertTrue(again.getJMSRedelivered());
        assertNull(consumer.receiveNoWait());
    }
}
