package interop.stomp;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import javax.jms.BytesMessage;
import javax.jms.Connection;
import javax.jms.DeliveryMode;
import javax.jms.Destination;
import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQDestination;

/**
 * The JMS side of a conversation with other protocols: reads a command a line, answers a line.
 *
 * <p>{@code receive queue://NAME} answers with the kind of the message, its body, its correlation
 * id, priority, delivery mode and properties, separated by blanks, {@code subscribe topic://NAME}
 * before that lets it miss nothing; {@code send KIND queue://NAME BODY} sends; {@code echo
 * queue://NAME} answers one message to its reply-to. {@code tell} and {@code hear} are {@code send}
 * and {@code receive} with everything that a message may say of itself.
 */
public final class JmsPeer {
    private static final int WAIT_MS = 20_000;
    private static final int LIFE_MS = 60_000;

    private final Session session;
    private final Map<String, MessageConsumer> opened = new HashMap<>();

    private JmsPeer(Session session) {
        this.session = session;
    }

    public static void main(String[] arguments) throws Exception {
        Connection connection = new ActiveMQConnectionFactory(arguments[0]).createConnection();
        connection.start();
        JmsPeer peer = new JmsPeer(connection.createSession(false, Session.AUTO_ACKNOWLEDGE));
        BufferedReader commands = new BufferedReader(
                new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            System.out.println(peer.answer(line.split(" ", 4)));
        }
        connection.close();
    }

    private String answer(String[] words) throws Exception {
        switch (words[0]) {
            case "receive":
                return describe(receive(words[1]));
            case "subscribe":
                opened.put(words[1], session.createConsumer(destination(words[1])));
                return "subscribed";
            case "hear":
                return everything(receive(words[1]));
            case "tell":
                tell(words[1], destination(words[2]), words[3]);
                return "told";
            case "send":
                send(words[1], destination(words[2]), words[3]);
                return "sent";
            case "echo":
                Message asked = receive(words[1]);
                Message reply = session.createTextMessage(((TextMessage) asked).getText());
                reply.setJMSCorrelationID(asked.getJMSCorrelationID());
                session.createProducer(asked.getJMSReplyTo()).send(reply);
                return "echoed";
            default:
                return "no such command: " + words[0];
        }
    }

    private Message receive(String name) throws Exception {
        MessageConsumer consumer = opened.remove(name);
        if (consumer == null) {
            consumer = session.createConsumer(destination(name));
        }
        try {
            Message message = consumer.receive(WAIT_MS);
            if (message == null) {
                throw new IllegalStateException("nothing on " + name);
            }
            return message;
        } finally {
            consumer.close();
        }
    }

    private Message message(String kind, String body) throws Exception {
        switch (kind) {
            case "text":
                return session.createTextMessage(body);
            case "bytes":
                BytesMessage bytes = session.createBytesMessage();
                bytes.writeBytes(body.getBytes(StandardCharsets.UTF_8));
                return bytes;
            case "map":
                MapMessage map = session.createMapMessage();
                for (String entry : body.split(" ")) {
                    String[] both = entry.split("=");
                    if (both[1].matches("\\d+")) {
                        map.setInt(both[0], Integer.parseInt(both[1]));
                    } else {
                        map.setString(both[0], both[1]);
                    }
                }
                return map;
            default:
                return session.createMessage();
        }
    }

    private void tell(String kind, Destination to, String body) throws Exception {
        Message message = message(kind, body);
        message.setJMSCorrelationID("question-1");
        message.setJMSReplyTo(session.createTopic("answers.here"));
        message.setStringProperty("colour", "red");
        message.setIntProperty("number", 42);
        MessageProducer producer = session.createProducer(to);
        producer.send(message, DeliveryMode.PERSISTENT, 7, LIFE_MS);
        producer.close();
    }

    private static String everything(Message message) throws Exception {
        Base64.Encoder base64 = Base64.getEncoder();
        String kind = message instanceof TextMessage ? "text" : "bytes";
        byte[] body = {};
        if (message instanceof TextMessage) {
            body = ((TextMessage) message).getText().getBytes(StandardCharsets.UTF_8);
        } else if (message instanceof BytesMessage) {
            body = new byte[(int) ((BytesMessage) message).getBodyLength()];
            ((BytesMessage) message).readBytes(body);
        } else if (message instanceof MapMessage) {
            kind = "map";
            TreeMap<String, Object> map = new TreeMap<>();
            for (Enumeration<?> names = ((MapMessage) message).getMapNames();
                    names.hasMoreElements();) {
                String name = (String) names.nextElement();
                map.put(name, ((MapMessage) message).getObject(name));
            }
            body = map.toString().getBytes(StandardCharsets.UTF_8);
        }
        return String.join(" ", kind, "+" + base64.encodeToString(body),
                String.valueOf(message.getJMSCorrelationID()),
                String.valueOf(message.getJMSReplyTo()), String.valueOf(message.getJMSPriority()),
                String.valueOf(message.getJMSExpiration()),
                String.valueOf(message.getJMSDeliveryMode()),
                String.valueOf(message.getObjectProperty("colour")),
                String.valueOf(message.getObjectProperty("number")));
    }

    private void send(String kind, Destination to, String body) throws Exception {
        Message message = message(kind, body);
        message.setJMSCorrelationID("from-jms");
        message.setJMSType("kind");
        message.setStringProperty("text", "a:b");
        message.setIntProperty("number", 42);
        message.setBooleanProperty("flag", true);
        MessageProducer producer = session.createProducer(to);
        producer.setPriority(7);
        producer.send(message);
        producer.close();
    }

    private static Destination destination(String name) {
        return ActiveMQDestination.createDestination(name, ActiveMQDestination.QUEUE_TYPE);
    }

    private static String describe(Message message) throws Exception {
        String kind = "other";
        String body = "";
        if (message instanceof TextMessage) {
            kind = "text";
            body = ((TextMessage) message).getText();
        } else if (message instanceof BytesMessage) {
            kind = "bytes";
            byte[] bytes = new byte[(int) ((BytesMessage) message).getBodyLength()];
            ((BytesMessage) message).readBytes(bytes);
            body = new String(bytes, StandardCharsets.UTF_8);
        }
        TreeMap<String, Object> properties = new TreeMap<>();
        for (Enumeration<?> names = message.getPropertyNames(); names.hasMoreElements();) {
            String name = (String) names.nextElement();
            properties.put(name, message.getObjectProperty(name));
        }
        return kind + " " + body + " " + message.getJMSCorrelationID() + " "
                + message.getJMSPriority() + " " + message.getJMSDeliveryMode() + " " + properties;
    }
}
