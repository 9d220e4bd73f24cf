package interop.qpid;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import jakarta.jms.BytesMessage;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Queue;
import jakarta.jms.StreamMessage;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;

public class MessagesTest extends QpidFixture {
    private Message echo(JMSContext context, Message message) throws Exception {
        Queue queue = context.createQueue(unique("queue"));
        context.createProducer().send(queue, message);
        return context.createConsumer(queue).receive(WAIT_MS);
    }

    @Test
    public void text() throws Exception {
        JMSContext context = context();
        assertEquals("grüße ☃",
                ((TextMessage) echo(context, context.createTextMessage("grüße ☃"))).getText());
        assertNull(((TextMessage) echo(context, context.createTextMessage())).getText());
    }

    @Test
    public void bytes() throws Exception {
        JMSContext context = context();
        BytesMessage message = context.createBytesMessage();
        message.writeBytes(new byte[] {0, 1, -1});
        assertArrayEquals(new byte[] {0, 1, -1}, echo(context, message).getBody(byte[].class));
    }

    @Test
    public void map() throws Exception {
        JMSContext context = context();
        MapMessage message = context.createMapMessage();
        message.setString("s", "x");
        message.setLong("l", 1L << 40);
        message.setBytes("b", new byte[] {1, 2});
        message.setObject("n", null);
        MapMessage got = (MapMessage) echo(context, message);
        assertEquals("x", got.getString("s"));
        assertEquals(1L << 40, got.getLong("l"));
        assertArrayEquals(new byte[] {1, 2}, got.getBytes("b"));
        assertTrue(got.itemExists("n"));
    }

    @Test
    public void stream() throws Exception {
        JMSContext context = context();
        StreamMessage message = context.createStreamMessage();
        message.writeInt(7);
        message.writeString("x");
        StreamMessage got = (StreamMessage) echo(context, message);
        assertEquals(7, got.readInt());
        assertEquals("x", got.readString());
    }

    @Test
    public void object() throws Exception {
        JMSContext context = context("jms.deserializationPolicy.allowList=*");
        ObjectMessage message = context.createObjectMessage(new ArrayList<>(List.of("a", "b")));
        assertEquals(List.of("a", "b"), ((ObjectMessage) echo(context, message)).getObject());
    }

    @Test
    public void noBody() throws Exception {
        JMSContext context = context();
        Message message = context.createMessage();
        message.setIntProperty("n", 3);
        assertEquals(3, echo(context, message).getIntProperty("n"));
    }

    @Test
    public void headersAndProperties() throws Exception {
        JMSContext context = context();
        Queue queue = context.createQueue(unique("queue"));
        Queue replies = context.createQueue("replies");
        context.createProducer().setDeliveryMode(DeliveryMode.NON_PERSISTENT).setPriority(8)
                .setTimeToLive(60_000).setJMSCorrelationID("c").setJMSType("t")
                .setJMSReplyTo(replies).setProperty("bool", true).setProperty("byte", (byte) 1)
                .setProperty("short", (short) 2).setProperty("int", 3).setProperty("long", 4L)
                .setProperty("float", 1.5f).setProperty("double", 2.5)
                .setProperty("text", "x").setProperty("JMSXGroupID", "g")
                .setProperty("JMSXGroupSeq", 5).send(queue, "body");
        Message got = context.createConsumer(queue).receive(WAIT_MS);
        assertEquals(DeliveryMode.NON_PERSISTENT, got.getJMSDeliveryMode());
        assertEquals(8, got.getJMSPriority());
        assertTrue(got.getJMSExpiration() > got.getJMSTimestamp());
        assertEquals("c", got.getJMSCorrelationID());
        assertEquals("t", got.getJMSType());
        assertEquals(replies, got.getJMSReplyTo());
        assertEquals(queue, got.getJMSDestination());
        assertTrue(got.getJMSMessageID().startsWith("ID:"));
        assertFalse(got.getJMSRedelivered());
        assertTrue(got.getBooleanProperty("bool"));
        assertEquals(1, got.getByteProperty("byte"));
        assertEquals(2, got.getShortProperty("short"));
        assertEquals(3, got.getIntProperty("int"));
        assertEquals(4L, got.getLongProperty("long"));
        assertEquals(1.5f, got.getFloatProperty("float"), 0);
        assertEquals(2.5, got.getDoubleProperty("double"), 0);
        assertEquals("x", got.getStringProperty("text"));
        assertEquals("g", got.getStringProperty("JMSXGroupID"));
        assertEquals(5, got.getIntProperty("JMSXGroupSeq"));
    }

    @Test
    public void expiredOnesAreNotDelivered() throws Exception {
        JMSContext context = context();
        Queue queue = context.createQueue(unique("queue"));
        String body = unique("body");
        context.createProducer().setTimeToLive(1).send(queue, body);
        JMSConsumer letters = context.createConsumer(context.createQueue("ActiveMQ.DLQ"));
        while (!body.equals(text(letters))) {
            continue;
        }
        assertNull(context.createConsumer(queue).receiveNoWait());
    }
}
