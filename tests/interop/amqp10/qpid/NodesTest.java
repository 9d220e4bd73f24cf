package interop.qpid;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;

import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import jakarta.jms.QueueBrowser;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TemporaryTopic;
import jakarta.jms.Topic;
import java.util.Enumeration;
import org.junit.Test;

public class NodesTest extends QpidFixture {
    @Test
    public void topics() throws Exception {
        JMSContext context = context();
        Topic topic = context.createTopic(unique("topic"));
        JMSConsumer one = context.createConsumer(topic);
        JMSConsumer two = context.createConsumer(topic);
        context.createProducer().send(topic, "news");
        assertEquals("news", text(one));
        assertEquals("news", text(two));
    }

    @Test
    public void requestAndReply() throws Exception {
        JMSContext client = context();
        JMSContext server = context();
        Queue queue = client.createQueue(unique("queue"));
        TemporaryQueue replies = client.createTemporaryQueue();
        client.createProducer().setJMSReplyTo(replies).setJMSCorrelationID("7").send(queue, "?");
        Message request = server.createConsumer(queue).receive(WAIT_MS);
        server.createProducer().setJMSCorrelationID(request.getJMSCorrelationID())
                .send(request.getJMSReplyTo(), "!");
        Message reply = client.createConsumer(replies).receive(WAIT_MS);
        assertEquals("!", reply.getBody(String.class));
        assertEquals("7", reply.getJMSCorrelationID());
    }

    @Test
    public void temporaryTopicsEndWithTheirConnection() throws Exception {
        JMSContext owner = context();
        TemporaryTopic topic = owner.createTemporaryTopic();
        JMSConsumer consumer = owner.createConsumer(topic);
        JMSContext other = context();
        other.createProducer().send(topic, "m");
        assertEquals("m", text(consumer));
        consumer.close();
        topic.delete();
        assertThrows(JMSRuntimeException.class, () -> other.createConsumer(topic));
    }

    @Test
    public void browsing() throws Exception {
        JMSContext context = context();
        Queue queue = context.createQueue(unique("queue"));
        for (String body : new String[] {"a", "b", "c"}) {
            context.createProducer().setProperty("kind", body).send(queue, body);
        }
        QueueBrowser browser = context.createBrowser(queue);
        assertEquals(3, count(browser));
        assertEquals(1, count(context.createBrowser(queue, "kind = 'b'")));
        JMSConsumer consumer = context.createConsumer(queue);
        for (String body : new String[] {"a", "b", "c"}) {
            assertEquals(body, text(consumer));
        }
        assertNull(consumer.receiveNoWait());
    }

    private static int count(QueueBrowser browser) throws Exception {
        int found = 0;
        for (Enumeration<?> all = browser.getEnumeration(); all.hasMoreElements(); found++) {
            all.nextElement();
        }
        return found;
    }

    @Test
    public void wildcards() throws Exception {
        JMSContext context = context();
        String name = unique("news");
        JMSConsumer consumer = context.createConsumer(context.createTopic(name + ".>"));
        context.createProducer().send(context.createTopic(name + ".sport"), "ball");
        Message message = consumer.receive(WAIT_MS);
        assertEquals(name + ".sport", ((Topic) message.getJMSDestination()).getTopicName());
    }
}
