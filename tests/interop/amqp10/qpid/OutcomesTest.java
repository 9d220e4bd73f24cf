package interop.qpid;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import org.apache.qpid.jms.message.JmsMessageSupport;
import org.junit.Test;

public class OutcomesTest extends QpidFixture {
    @Test
    public void recoveredMessagesComeAgain() throws Exception {
        JMSContext context = context(JMSContext.CLIENT_ACKNOWLEDGE);
        Queue queue = context.createQueue(unique("queue"));
        context.createProducer().send(queue, "m");
        JMSConsumer consumer = context.createConsumer(queue);
        Message first = consumer.receive(WAIT_MS);
        assertFalse(first.getJMSRedelivered());
        context.recover();
        Message second = consumer.receive(WAIT_MS);
        assertTrue(second.getJMSRedelivered());
        assertEquals(2, second.getIntProperty("JMSXDeliveryCount"));
        second.acknowledge();
        assertNull(consumer.receiveNoWait());
    }

    @Test
    public void acknowledgesOneByOne() throws Exception {
        JMSContext context = context(101);  // Qpid's INDIVIDUAL_ACKNOWLEDGE
        Queue queue = context.createQueue(unique("queue"));
        for (String body : new String[] {"a", "b", "c"}) {
            context.createProducer().send(queue, body);
        }
        JMSConsumer consumer = context.createConsumer(queue);
        consumer.receive(WAIT_MS);
        consumer.receive(WAIT_MS).acknowledge();
        consumer.receive(WAIT_MS);
        context.close();
        JMSConsumer again = context().createConsumer(queue);
        assertEquals("a", text(again));
        assertEquals("c", text(again));
    }

    private void outcome(int kind, boolean comesBack) throws Exception {
        JMSContext context = context(JMSContext.CLIENT_ACKNOWLEDGE);
        Queue queue = context.createQueue(unique("queue"));
        String body = unique("body");
        context.createProducer().send(queue, body);
        Message message = context.createConsumer(queue).receive(WAIT_MS);
        message.setIntProperty(JmsMessageSupport.JMS_AMQP_ACK_TYPE, kind);
        message.acknowledge();
        context.close();
        if (comesBack) {
            assertEquals(body, text(context().createConsumer(queue)));
            return;
        }
        JMSContext other = context();
        JMSConsumer letters = other.createConsumer(other.createQueue("ActiveMQ.DLQ"));
        while (!body.equals(text(letters))) {
            continue;
        }
    }

    @Test
    public void released() throws Exception {
        outcome(JmsMessageSupport.RELEASED, true);
    }

    @Test
    public void modifiedAsFailed() throws Exception {
        outcome(JmsMessageSupport.MODIFIED_FAILED, true);
    }

    @Test
    public void rejected() throws Exception {
        outcome(JmsMessageSupport.REJECTED, false);
    }

    @Test
    public void modifiedAsUndeliverable() throws Exception {
        outcome(JmsMessageSupport.MODIFIED_FAILED_UNDELIVERABLE, false);
    }
}
