package crash.load;

import java.util.concurrent.TimeUnit;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * Many queues. `fill URL N` sends two messages to each of N queues and consumes the first of each;
 * `check URL N` expects the second one, and nothing else, in each.
 */
public final class QueueFarm {
    private static final int QUEUES_PER_TRANSACTION = 500;
    private static final long WAIT_MS = TimeUnit.SECONDS.toMillis(30);

    private final Session session;
    private final int count;

    private QueueFarm(Session session, int count) {
        this.session = session;
        this.count = count;
    }

    public static void main(String[] args) throws JMSException {
        Connection connection = Client.connect(args[1]);
        try {
            connection.start();
            Session session = Client.session(connection, true);
            new QueueFarm(session, Integer.parseInt(args[2])).perform(args[0]);
        } finally {
            connection.close();
        }
    }

    private void perform(String action) throws JMSException {
        if (action.equals("fill")) {
            send("used");
            expect("used");
            send("kept");
        } else {
            send("marker");
            expect("kept", "marker");
        }
    }

    private void send(String kind) throws JMSException {
        MessageProducer producer = session.createProducer(null);
        for (int i = 0; i < count; i++) {
            producer.send(queue(i), session.createTextMessage(text(kind, i)));
            commitSometimes(i);
        }
        session.commit();
        producer.close();
    }

    private void expect(String... kinds) throws JMSException {
        for (int i = 0; i < count; i++) {
            MessageConsumer consumer = session.createConsumer(queue(i));
            for (String kind : kinds) {
                Message message = consumer.receive(WAIT_MS);
                String found = message == null ? "nothing" : ((TextMessage) message).getText();
                if (!found.equals(text(kind, i))) {
                    throw new IllegalStateException(
                            queue(i) + ": expected " + text(kind, i) + ", found " + found);
                }
            }
            consumer.close();
            commitSometimes(i);
        }
        session.commit();
    }

    private void commitSometimes(int i) throws JMSException {
        if (i % QUEUES_PER_TRANSACTION == QUEUES_PER_TRANSACTION - 1) {
            session.commit();
        }
    }

    private static ActiveMQQueue queue(int i) {
        return new ActiveMQQueue("farm." + i);
    }

    private static String text(String kind, int i) {
        return kind + " " + i;
    }
}
