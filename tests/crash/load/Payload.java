package crash.load;

import java.util.Arrays;
import java.util.Random;
import javax.jms.BytesMessage;
import javax.jms.JMSException;
import javax.jms.Session;

/** A 1 KiB body that follows from the message's key, so that a mixed-up one is noticed. */
final class Payload {
    private static final int BYTES = 1024;
    private static final String KEY = "key";

    private Payload() {}

    static BytesMessage create(Session session, String key) throws JMSException {
        BytesMessage message = session.createBytesMessage();
        message.setStringProperty(KEY, key);
        message.writeBytes(body(key));
        return message;
    }

    static String keyOf(BytesMessage message) throws JMSException {
        return message.getStringProperty(KEY);
    }

    static boolean isIntact(BytesMessage message) throws JMSException {
        byte[] found = new byte[(int) message.getBodyLength()];
        message.readBytes(found);
        return Arrays.equals(body(keyOf(message)), found);
    }

    private static byte[] body(String key) {
        byte[] body = new byte[BYTES];
        new Random(key.hashCode()).nextBytes(body);
        return body;
    }
}
