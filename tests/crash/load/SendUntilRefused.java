package crash.load;

import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnectionFactory;

/**
 * {@code send URL}: sends one message after the other until one is refused, and prints how many
 * were confirmed. {@code drain URL}: takes all there are and prints how many.
 */
public final class SendUntilRefused {
    private static final int SENDS_MAX = 100_000;
    private static final int QUIET_MS = 2_000;

    private SendUntilRefused() {}

    public static void main(String[] arguments) throws JMSException {
        Connection connection = new ActiveMQConnectionFactory(arguments[1]).createConnection();
        connection.start();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Queue queue = session.createQueue("refused");
        System.out.println(arguments[0].equals("send")
                ? send(session, session.createProducer(queue))
                : drain(session.createConsumer(queue)));
        System.out.flush();
        // The broker may be gone: no orderly close.
        Runtime.getRuntime().halt(0);
    }

    private static int send(Session session, MessageProducer producer) throws JMSException {
        for (int sent = 0; sent < SENDS_MAX; ++sent) {
            try {
                producer.send(session.createTextMessage("message " + sent));
            } catch (JMSException refused) {
                return sent;
            }
        }
        throw new IllegalStateException("no send was refused");
    }

    private static int drain(MessageConsumer consumer) throws JMSException {
        int found = 0;
        while (consumer.receive(QUIET_MS) != null) {
            ++found;
        }
        return found;
    }
}
