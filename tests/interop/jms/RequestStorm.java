package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;

import java.util.concurrent.atomic.AtomicInteger;
import javax.jms.Connection;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQQueue;

/** {@code RequestStorm COUNT}: requests with a temporary queue of its own for each answer. */
public final class RequestStorm {
    private static final int CLIENTS = 4;
    /** A million requests take long: whoever stands still meanwhile goes on. */
    private static final int WAIT_MS = 600_000;
    private static final String NO_TIMEOUT = "?wireFormat.maxInactivityDuration=0";
    private static final Queue REQUESTS = new ActiveMQQueue("requests");

    private RequestStorm() {}

    public static void main(String[] arguments) throws Exception {
        AtomicInteger left = new AtomicInteger(Integer.parseInt(arguments[0]));
        ActiveMQConnectionFactory factory =
                new ActiveMQConnectionFactory(TestBroker.url() + NO_TIMEOUT);
        Connection answering = factory.createConnection();
        answering.start();
        Thread[] clients = new Thread[CLIENTS];
        for (int i = 0; i < CLIENTS; i++) {
            Session session = answering.createSession(false, Session.AUTO_ACKNOWLEDGE);
            TemporaryDestinationsTest.answerRequests(
                    session, REQUESTS, transientProducer(session, null));
            clients[i] = new Thread(() -> {
                try {
                    ask(factory, left);
                } catch (JMSException | AssertionError failed) {
                    failed.printStackTrace();
                    System.exit(1);
                }
            });
            clients[i].start();
        }
        for (Thread client : clients) {
            client.join();
        }
        answering.close();
    }

    private static void ask(ActiveMQConnectionFactory factory, AtomicInteger left)
            throws JMSException {
        Connection connection = factory.createConnection();
        connection.start();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = transientProducer(session, REQUESTS);
        for (int number = left.getAndDecrement(); number > 0; number = left.getAndDecrement()) {
            TemporaryQueue answers = session.createTemporaryQueue();
            MessageConsumer consumer = session.createConsumer(answers);
            TemporaryDestinationsTest.ask(session, producer, answers, "request " + number);
            TextMessage answer = (TextMessage) consumer.receive(WAIT_MS);
            assertNotNull("no answer came", answer);
            assertEquals("re: request " + number, answer.getText());
            consumer.close();
            answers.delete();
        }
        connection.close();
    }

    private static MessageProducer transientProducer(Session session, Queue queue)
            throws JMSException {
        MessageProducer producer = session.createProducer(queue);
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        return producer;
    }
}
