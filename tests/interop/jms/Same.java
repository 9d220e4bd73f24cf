package interop.jms;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.jms.BytesMessage;
import javax.jms.JMSException;
import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.MessageEOFException;
import javax.jms.ObjectMessage;
import javax.jms.StreamMessage;
import javax.jms.TextMessage;
import org.apache.activemq.command.ActiveMQBlobMessage;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQObjectMessage;
import org.apache.activemq.util.ByteSequence;

/** Assertions that a received message is the sent one, in bytes and in values. */
final class Same {
    private Same() {}

    /** Same bytes; `sent` must have been sent with copyMessageOnSend off, so that it has them. */
    static void bytes(Message sent, Message received) {
        ActiveMQMessage out = (ActiveMQMessage) sent;
        ActiveMQMessage in = (ActiveMQMessage) received;
        bytes("content", out.getContent(), in.getContent());
        bytes("properties", out.getMarshalledProperties(), in.getMarshalledProperties());
    }

    /** Same type, body and properties as the application reads them. */
    static void values(Message sent, Message received) throws Exception {
        assertEquals(sent.getClass(), received.getClass());
        Message expected = reread((ActiveMQMessage) sent);
        body(expected, received);
        assertEquals(properties(expected), properties(received));
    }

    /**
     * The sent message as the client library reads it back from its own bytes: it does not read
     * every text as it was set, see the modified UTF-8 of property and map values.
     */
    private static Message reread(ActiveMQMessage sent) throws Exception {
        sent.beforeMarshall(null);
        ActiveMQMessage copy = sent.getClass().getDeclaredConstructor().newInstance();
        copy.setContent(sent.getContent());
        copy.setMarshalledProperties(sent.getMarshalledProperties());
        copy.setCompressed(sent.isCompressed());
        if (sent instanceof ActiveMQBlobMessage) {
            ActiveMQBlobMessage blob = (ActiveMQBlobMessage) copy;
            blob.setRemoteBlobUrl(((ActiveMQBlobMessage) sent).getRemoteBlobUrl());
            blob.setMimeType(((ActiveMQBlobMessage) sent).getMimeType());
        }
        if (copy instanceof ActiveMQObjectMessage) {
            ((ActiveMQObjectMessage) copy).setTrustAllPackages(true);
        }
        return copy;
    }

    private static void blob(ActiveMQBlobMessage sent, ActiveMQBlobMessage received) {
        assertEquals(sent.getRemoteBlobUrl(), received.getRemoteBlobUrl());
        assertEquals(sent.getMimeType(), received.getMimeType());
    }

    private static void body(Message sent, Message received) throws JMSException {
        if (sent instanceof TextMessage) {
            assertEquals(((TextMessage) sent).getText(), ((TextMessage) received).getText());
        } else if (sent instanceof ActiveMQBlobMessage) {
            blob((ActiveMQBlobMessage) sent, (ActiveMQBlobMessage) received);
        } else if (sent instanceof BytesMessage) {
            assertArrayEquals(bytesOf((BytesMessage) sent), bytesOf((BytesMessage) received));
        } else if (sent instanceof MapMessage) {
            map((MapMessage) sent, (MapMessage) received);
        } else if (sent instanceof StreamMessage) {
            stream((StreamMessage) sent, (StreamMessage) received);
        } else if (sent instanceof ObjectMessage) {
            assertEquals(String.valueOf(((ObjectMessage) sent).getObject()),
                    String.valueOf(((ObjectMessage) received).getObject()));
        }
    }

    static Map<String, Object> properties(Message message) throws JMSException {
        Map<String, Object> values = new LinkedHashMap<>();
        Enumeration<?> names = message.getPropertyNames();
        while (names.hasMoreElements()) {
            String name = (String) names.nextElement();
            values.put(name, message.getObjectProperty(name));
        }
        return values;
    }

    /** On the wire an absent byte array and an empty one mean the same. */
    private static void bytes(String what, ByteSequence sent, ByteSequence received) {
        assertArrayEquals(what, array(sent), array(received));
    }

    private static byte[] array(ByteSequence bytes) {
        if (bytes == null) {
            return new byte[0];
        }
        byte[] copy = new byte[bytes.length];
        System.arraycopy(bytes.data, bytes.offset, copy, 0, bytes.length);
        return copy;
    }

    private static byte[] bytesOf(BytesMessage message) throws JMSException {
        message.reset();
        byte[] body = new byte[(int) message.getBodyLength()];
        message.readBytes(body);
        return body;
    }

    private static void map(MapMessage sent, MapMessage received) throws JMSException {
        assertEquals(names(sent), names(received));
        for (String name : names(sent)) {
            value(sent.getObject(name), received.getObject(name));
        }
    }

    private static Set<String> names(MapMessage message) throws JMSException {
        Set<String> names = new TreeSet<>();
        Enumeration<?> all = message.getMapNames();
        while (all.hasMoreElements()) {
            names.add((String) all.nextElement());
        }
        return names;
    }

    private static void stream(StreamMessage sent, StreamMessage received) throws JMSException {
        List<Object> expected = elements(sent);
        List<Object> found = elements(received);
        assertEquals(expected.size(), found.size());
        for (int i = 0; i < expected.size(); i++) {
            value(expected.get(i), found.get(i));
        }
    }

    private static List<Object> elements(StreamMessage message) throws JMSException {
        message.reset();
        List<Object> elements = new ArrayList<>();
        while (true) {
            try {
                elements.add(message.readObject());
            } catch (MessageEOFException end) {
                return elements;
            }
        }
    }

    private static void value(Object sent, Object received) {
        if (sent instanceof byte[]) {
            assertArrayEquals((byte[]) sent, (byte[]) received);
        } else {
            assertEquals(sent, received);
        }
    }
}
