package interop.qpid;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import jakarta.jms.CompletionListener;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSProducer;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.Test;

public class TransfersTest extends QpidFixture {
    private void many(String... options) throws Exception {
        JMSContext context = context(options);
        Queue queue = context.createQueue(unique("queue"));
        JMSProducer producer = context.createProducer();
        for (int i = 0; i < 1500; i++) {
            producer.send(queue, "m" + i);
        }
        JMSConsumer consumer = context.createConsumer(queue);
        for (int i = 0; i < 1500; i++) {
            assertEquals("m" + i, text(consumer));
        }
    }

    @Test
    public void messagesComeInOrder() throws Exception {
        many();
    }

    @Test
    public void withoutPrefetchEachIsPulled() throws Exception {
        JMSContext context = context("jms.prefetchPolicy.all=0");
        Queue queue = context.createQueue(unique("queue"));
        JMSConsumer consumer = context.createConsumer(queue);
        assertNull(consumer.receiveNoWait());
        assertNull(consumer.receive(50));
        for (int i = 0; i < 20; i++) {
            context.createProducer().send(queue, "m" + i);
            assertEquals("m" + i, text(consumer));
        }
        assertNull(consumer.receiveNoWait());
    }

    @Test
    public void presettledBothWays() throws Exception {
        many("jms.presettlePolicy.presettleAll=true");
    }

    @Test
    public void nonPersistentAndForcedAsync() throws Exception {
        JMSContext context = context("jms.forceAsyncSend=true");
        Queue queue = context.createQueue(unique("queue"));
        JMSProducer producer = context.createProducer();
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        for (int i = 0; i < 500; i++) {
            producer.send(queue, "m" + i);
        }
        JMSConsumer consumer = context.createConsumer(queue);
        for (int i = 0; i < 500; i++) {
            assertEquals("m" + i, text(consumer));
        }
    }

    @Test
    public void asynchronousSendsCompleteInOrder() throws Exception {
        JMSContext context = context();
        Queue queue = context.createQueue(unique("queue"));
        List<String> completed = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch all = new CountDownLatch(200);
        JMSProducer producer = context.createProducer();
        producer.setAsync(new CompletionListener() {
            @Override
            public void onCompletion(Message message) {
                try {
                    completed.add(message.getBody(String.class));
                } catch (Exception impossible) {
                    completed.add(impossible.toString());
                }
                all.countDown();
            }

            @Override
            public void onException(Message message, Exception problem) {
                completed.add(problem.toString());
                all.countDown();
            }
        });
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            sent.add("m" + i);
            producer.send(queue, "m" + i);
        }
        assertTrue(all.await(WAIT_MS, TimeUnit.MILLISECONDS));
        assertEquals(sent, completed);
    }

    @Test
    public void largeMessages() throws Exception {
        JMSContext context = context();
        Queue queue = context.createQueue(unique("queue"));
        JMSConsumer consumer = context.createConsumer(queue);
        for (int size : new int[] {100_000, 1_000_000, 10_000_000}) {
            byte[] body = new byte[size];
            java.util.Arrays.fill(body, (byte) size);
            context.createProducer().send(queue, body);
            assertArrayEquals(body, body(consumer, byte[].class));
        }
    }

    @Test
    public void listeners() throws Exception {
        JMSContext context = context();
        Queue queue = context.createQueue(unique("queue"));
        CountDownLatch all = new CountDownLatch(50);
        JMSContext listening = context();
        listening.createConsumer(queue).setMessageListener(message -> all.countDown());
        for (int i = 0; i < 50; i++) {
            context.createProducer().send(queue, "m" + i);
        }
        assertTrue(all.await(WAIT_MS, TimeUnit.MILLISECONDS));
    }
}
