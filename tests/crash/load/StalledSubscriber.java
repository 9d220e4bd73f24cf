package crash.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import javax.jms.BytesMessage;
import javax.jms.Connection;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.command.ActiveMQTopic;

/**
 * What one subscriber that takes nothing costs the others: `URL SUBSCRIBERS MESSAGES BODY ROUNDS`.
 * In each round a producer sends as many messages to a topic as fast as it is let, once with that
 * subscriber and once without. Prints for each `with MS` or `without MS`: until all the others had
 * everything.
 */
public final class StalledSubscriber {
    private static final int PER_CONNECTION = 10;

    private final String url;
    private final int subscribers;
    private final int messages;
    private final int bodyBytes;

    private StalledSubscriber(String[] args) {
        url = args[0];
        subscribers = Integer.parseInt(args[1]);
        messages = Integer.parseInt(args[2]);
        bodyBytes = Integer.parseInt(args[3]);
    }

    public static void main(String[] args) throws Exception {
        StalledSubscriber load = new StalledSubscriber(args);
        int rounds = Integer.parseInt(args[4]);
        // The first one is not counted: everything warms up.
        load.measure("warm", false);
        for (int round = 0; round < rounds; round++) {
            for (boolean stalled : new boolean[] {round % 2 == 0, round % 2 != 0}) {
                long millis = load.measure("r" + round + (stalled ? "s" : "q"), stalled);
                System.out.println((stalled ? "with " : "without ") + millis);
            }
        }
    }

    private long measure(String name, boolean stalled) throws Exception {
        ActiveMQTopic topic = new ActiveMQTopic("stalled." + name);
        List<Connection> connections = new ArrayList<>();
        CountDownLatch all = new CountDownLatch(subscribers);
        for (int i = 0; i < subscribers; i++) {
            if (i % PER_CONNECTION == 0) {
                connections.add(Client.connect(url));
            }
            subscribe(connections.get(connections.size() - 1), topic, all);
        }
        if (stalled) {
            connections.add(Client.connect(url));
            connections.get(connections.size() - 1)
                    .createSession(false, Session.CLIENT_ACKNOWLEDGE)
                    .createConsumer(new ActiveMQTopic(
                            topic.getTopicName() + "?consumer.prefetchSize=100"));
        }
        for (Connection connection : connections) {
            connection.start();
        }
        long begun = System.nanoTime();
        send(topic);
        all.await();
        long millis = (System.nanoTime() - begun) / 1_000_000;
        for (Connection connection : connections) {
            connection.close();
        }
        return millis;
    }

    private void subscribe(Connection connection, ActiveMQTopic topic, CountDownLatch all)
            throws JMSException {
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        int[] got = {0};
        session.createConsumer(topic).setMessageListener(message -> {
            if (++got[0] == messages) {
                all.countDown();
            }
        });
    }

    private void send(ActiveMQTopic topic) throws JMSException {
        Connection connection = Client.connect(url);
        Session session = Client.session(connection, false);
        MessageProducer producer = session.createProducer(topic);
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        byte[] body = new byte[bodyBytes];
        for (int i = 0; i < messages; i++) {
            BytesMessage message = session.createBytesMessage();
            message.writeBytes(body);
            producer.send(message);
        }
        connection.close();
    }
}
