package interop.jms;

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
    private static final Queue REQUESTS = new ActiveMQQueue("requests");

    private RequestStorm() {}

    public static void main(String[] arguments) throws Exception {
        AtomicInteger left = new AtomicInteger(Integer.parseInt(arguments[0]));
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(TestBroker.url());
        Connection answering = factory.createConnection();
        answering.start();
        Thread[] clients = new Thread[CLIENTS];
        for (int i = 0; i < CLIENTS; i++) {
            answer(answering.createSession(false, Session.AUTO_ACKNOWLEDGE));
            clients[i] = new Thread(() -> {
                try {
                    ask(factory, left);
                } catch (JMSException failed) {
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
            TextMessage request = session.createTextMessage("request " + number);
            request.setJMSReplyTo(answers);
            producer.send(request);
            TextMessage answer = (TextMessage) consumer.receive(JmsFixture.WAIT_MS);
            if (answer == null || !answer.getText().equals("re: request " + number)) {
                throw new JMSException("request " + number + " was answered by " + answer);
            }
            consumer.close();
            answers.delete();
        }
        connection.close();
    }

    private static void answer(Session session) throws JMSException {
        MessageProducer producer = transientProducer(session, null);
        session.createConsumer(REQUESTS).setMessageListener(request -> {
            try {
                String text = "re: " + ((TextMessage) request).getText();
                producer.send(request.getJMSReplyTo(), session.createTextMessage(text));
            } catch (JMSException failed) {
                throw new AssertionError(failed);
            }
        });
    }

    private static MessageProducer transientProducer(Session session, Queue queue)
            throws JMSException {
        MessageProducer producer = session.createProducer(queue);
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        return producer;
    }
}
