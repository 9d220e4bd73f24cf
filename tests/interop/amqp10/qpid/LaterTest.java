package interop.qpid;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import org.junit.Test;

/** JMS 2.0's delivery delay. */
public class LaterTest extends QpidFixture {
    @Test
    public void afterItsDelay() throws Exception {
        JMSContext context = context();
        Queue queue = context.createQueue(unique("queue"));
        JMSConsumer consumer = context.createConsumer(queue);
        context.createProducer().setDeliveryDelay(400).send(queue, "later");
        context.createProducer().send(queue, "now");
        assertEquals("now", text(consumer));
        Message later = consumer.receive(WAIT_MS);
        assertEquals("later", later.getBody(String.class));
        assertTrue(later.getJMSDeliveryTime() > later.getJMSTimestamp());
        assertTrue(System.currentTimeMillis() >= later.getJMSDeliveryTime());
    }

    @Test
    public void inATransaction() throws Exception {
        JMSContext context = context(JMSContext.SESSION_TRANSACTED);
        Queue queue = context.createQueue(unique("queue"));
        JMSConsumer consumer = context.createConsumer(queue);
        context.createProducer().setDeliveryDelay(100).send(queue, "rolled back");
        context.rollback();
        context.createProducer().setDeliveryDelay(200).send(queue, "committed");
        context.commit();
        assertEquals("committed", text(consumer));
        context.commit();
    }
}
