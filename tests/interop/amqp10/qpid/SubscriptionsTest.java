package interop.qpid;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import jakarta.jms.InvalidDestinationRuntimeException;
import jakarta.jms.InvalidSelectorRuntimeException;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import jakarta.jms.Topic;
import java.util.TreeSet;
import org.junit.Test;

public class SubscriptionsTest extends QpidFixture {
    private final String topicName = unique("topic");
    private final String name = unique("sub");

    private void publish(String... bodies) {
        JMSContext context = context();
        for (String body : bodies) {
            context.createProducer().send(context.createTopic(topicName), body);
        }
    }

    @Test
    public void durableOnes() throws Exception {
        String id = unique("client");
        JMSContext client = client(id);
        client.createDurableConsumer(client.createTopic(topicName), name);
        client.close();
        publish("while away");
        client = client(id);
        JMSConsumer consumer = client.createDurableConsumer(client.createTopic(topicName), name);
        assertEquals("while away", text(consumer));
        JMSContext inUse = client;
        assertThrows(JMSRuntimeException.class, () -> inUse.unsubscribe(name));
        consumer.close();
        client.unsubscribe(name);
        assertThrows(InvalidDestinationRuntimeException.class, () -> inUse.unsubscribe(name));
        publish("unheard");
        consumer = client.createDurableConsumer(client.createTopic(topicName), name);
        publish("heard");
        assertEquals("heard", text(consumer));
    }

    /** All of `count` messages, divided between the two. */
    private static TreeSet<String> divided(JMSConsumer one, JMSConsumer two, int count)
            throws Exception {
        TreeSet<String> got = new TreeSet<>();
        long deadline = System.currentTimeMillis() + WAIT_MS;
        while (got.size() < count && System.currentTimeMillis() < deadline) {
            for (JMSConsumer consumer : new JMSConsumer[] {one, two}) {
                Message message = consumer.receiveNoWait();
                if (message != null) {
                    assertTrue("came twice", got.add(message.getBody(String.class)));
                }
            }
        }
        return got;
    }

    private static final String[] TEN = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

    private void shared(String id, boolean durable) throws Exception {
        JMSContext first = id == null ? context() : client(id);
        JMSContext second = id == null ? context() : first;
        Topic topic = first.createTopic(topicName);
        JMSConsumer one = durable ? first.createSharedDurableConsumer(topic, name)
                : first.createSharedConsumer(topic, name);
        JMSConsumer two = durable ? second.createSharedDurableConsumer(topic, name)
                : second.createSharedConsumer(topic, name);
        publish(TEN);
        assertEquals(10, divided(one, two, 10).size());
        one.close();
        two.close();
        publish("between");
        JMSConsumer again = durable ? first.createSharedDurableConsumer(topic, name)
                : first.createSharedConsumer(topic, name);
        if (durable) {
            assertEquals("between", text(again));
        }
        publish("after");
        assertEquals("after", text(again));
        again.close();
        if (durable) {
            first.unsubscribe(name);
            assertThrows(InvalidDestinationRuntimeException.class, () -> first.unsubscribe(name));
        }
    }

    @Test
    public void sharedWithClientId() throws Exception {
        shared(unique("client"), false);
    }

    @Test
    public void sharedWithoutClientId() throws Exception {
        shared(null, false);
    }

    @Test
    public void sharedDurableWithClientId() throws Exception {
        shared(unique("client"), true);
    }

    @Test
    public void sharedDurableWithoutClientId() throws Exception {
        shared(null, true);
    }

    @Test
    public void sharedOnesWithAnotherSelectorAreRefusedWhileInUse() throws Exception {
        JMSContext context = context();
        Topic topic = context.createTopic(topicName);
        context.createSharedConsumer(topic, name, "a = 1");
        assertThrows(JMSRuntimeException.class,
                () -> context.createSharedConsumer(topic, name, "a = 2"));
    }

    @Test
    public void selectors() throws Exception {
        JMSContext context = context();
        Topic topic = context.createTopic(topicName);
        JMSConsumer consumer = context.createConsumer(topic, "n > 1 AND JMSType = 't'");
        context.createProducer().setJMSType("t").setProperty("n", 1).send(topic, "one");
        context.createProducer().setJMSType("t").setProperty("n", 2).send(topic, "two");
        assertEquals("two", text(consumer));
        assertThrows(InvalidSelectorRuntimeException.class,
                () -> context.createConsumer(topic, "this is = none"));
    }

    @Test
    public void byMessageId() throws Exception {
        JMSContext context = context();
        jakarta.jms.Queue queue = context.createQueue(unique("queue"));
        context.createProducer().send(queue, "a");
        Message message = context.createTextMessage("b");
        context.createProducer().send(queue, message);
        JMSConsumer consumer = context.createConsumer(
                queue, "JMSMessageID = '" + message.getJMSMessageID() + "'");
        assertEquals("b", text(consumer));
    }

    @Test
    public void noLocal() throws Exception {
        JMSContext context = context();
        Topic topic = context.createTopic(topicName);
        JMSConsumer consumer = context.createConsumer(topic, null, true);
        context.createProducer().send(topic, "own");
        publish("other's");
        assertEquals("other's", text(consumer));
        assertNull(consumer.receiveNoWait());
    }
}
