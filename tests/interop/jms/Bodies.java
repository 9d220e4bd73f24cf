package interop.jms;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.jms.BytesMessage;
import javax.jms.JMSException;
import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.Session;
import javax.jms.StreamMessage;
import org.apache.activemq.command.ActiveMQBlobMessage;

/** Messages of every type, empty ones and absent bodies included; each has a name. */
final class Bodies {
    /** Latin-1, BMP, a supplementary character, NUL, a lone surrogate. */
    static final String UNICODE = "a\u00e4\u20ac\u4e2d\ud834\udd1e\u0000b\ud800c";

    /** Beyond what a 16-bit length can say, and not ASCII. */
    static final String LONG_TEXT = "na\u00efve \ud83d\ude00 ".repeat(10_000);

    interface Maker {
        Message make(Session session) throws JMSException;
    }

    private Bodies() {}

    static Map<String, Maker> all() {
        Map<String, Maker> makers = new LinkedHashMap<>();
        makers.put("plain", Session::createMessage);
        makers.put("text", s -> s.createTextMessage("hello"));
        makers.put("text, empty", s -> s.createTextMessage(""));
        makers.put("text, null", s -> s.createTextMessage(null));
        makers.put("text, unicode", s -> s.createTextMessage(UNICODE));
        makers.put("text, long", s -> s.createTextMessage(LONG_TEXT));
        makers.put("bytes, empty", Session::createBytesMessage);
        makers.put("bytes, every value", Bodies::bytesOfEveryValue);
        makers.put("bytes, every type", Bodies::bytesOfEveryType);
        makers.put("map, empty", Session::createMapMessage);
        makers.put("map, every type", Bodies::mapOfEveryType);
        makers.put("map, nested", Bodies::nestedMap);
        makers.put("stream, empty", Session::createStreamMessage);
        makers.put("stream, every type", Bodies::streamOfEveryType);
        makers.put("object", s -> s.createObjectMessage(new Order("book", 3, 12.5)));
        makers.put("object, null", s -> s.createObjectMessage(null));
        makers.put("object, collection",
                s -> s.createObjectMessage(new ArrayList<>(List.of(1, "two", UNICODE))));
        return makers;
    }

    /** The first versions of the protocol have no blobs. */
    static Map<String, Maker> allWithBlobs() {
        Map<String, Maker> makers = all();
        makers.put("blob", Bodies::blob);
        return makers;
    }

    /** Its content stays where it is: the message names the place only. */
    private static Message blob(Session session) throws JMSException {
        ActiveMQBlobMessage message = new ActiveMQBlobMessage();
        message.setRemoteBlobUrl("http://files.example/7");
        message.setMimeType("text/plain");
        message.setName("seven");
        return message;
    }

    private static Message bytesOfEveryValue(Session session) throws JMSException {
        BytesMessage message = session.createBytesMessage();
        for (int value = 0; value < 256; value++) {
            message.writeByte((byte) value);
        }
        return message;
    }

    private static Message bytesOfEveryType(Session session) throws JMSException {
        BytesMessage message = session.createBytesMessage();
        message.writeBoolean(true);
        message.writeByte(Byte.MIN_VALUE);
        message.writeChar('\u20ac');
        message.writeShort(Short.MIN_VALUE);
        message.writeInt(Integer.MIN_VALUE);
        message.writeLong(Long.MIN_VALUE);
        message.writeFloat(Float.MIN_VALUE);
        message.writeDouble(Double.MAX_VALUE);
        message.writeUTF(UNICODE);
        message.writeBytes(new byte[] {1, 2, 3}, 1, 2);
        return message;
    }

    private static Message mapOfEveryType(Session session) throws JMSException {
        MapMessage message = session.createMapMessage();
        message.setBoolean("boolean", true);
        message.setByte("byte", Byte.MAX_VALUE);
        message.setChar("char", '\uffff');
        message.setShort("short", Short.MAX_VALUE);
        message.setInt("int", Integer.MAX_VALUE);
        message.setLong("long", Long.MAX_VALUE);
        message.setFloat("float", -0.0f);
        message.setDouble("double", Double.NaN);
        message.setString("string", UNICODE);
        message.setString("long string", LONG_TEXT);
        message.setString("null", null);
        message.setBytes("bytes", new byte[] {0, -1, 127});
        message.setBytes("no bytes", new byte[0]);
        message.setString("key \u20ac", "");
        return message;
    }

    private static Message nestedMap(Session session) throws JMSException {
        MapMessage message = session.createMapMessage();
        message.setObject("map", nested());
        message.setObject("list", Arrays.asList("x", 1, null, List.of(2L, nested())));
        return message;
    }

    private static Message streamOfEveryType(Session session) throws JMSException {
        StreamMessage message = session.createStreamMessage();
        message.writeBoolean(false);
        message.writeByte((byte) -1);
        message.writeChar('\u0000');
        message.writeShort((short) -1);
        message.writeInt(-1);
        message.writeLong(-1);
        message.writeFloat(Float.POSITIVE_INFINITY);
        message.writeDouble(Double.NEGATIVE_INFINITY);
        message.writeString(UNICODE);
        message.writeString(LONG_TEXT);
        message.writeObject(null);
        message.writeBytes(new byte[] {9, 8, 7});
        return message;
    }

    /** A map three levels deep with values of several types. */
    static Map<String, Object> nested() {
        Map<String, Object> inner = new LinkedHashMap<>();
        inner.put("number", 42L);
        inner.put("list", Arrays.asList(true, (byte) 1, 2.5d, UNICODE));
        Map<String, Object> outer = new LinkedHashMap<>();
        outer.put("inner", inner);
        outer.put("text", UNICODE);
        return outer;
    }

    /** What an application would put into an ObjectMessage. */
    static final class Order implements Serializable {
        private static final long serialVersionUID = 1;
        private final String item;
        private final int count;
        private final double price;

        Order(String item, int count, double price) {
            this.item = item;
            this.count = count;
            this.price = price;
        }

        @Override
        public String toString() {
            return count + " x " + item + " at " + price;
        }
    }
}
