package crash.load;

import javax.jms.BytesMessage;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.TextMessage;

/** Takes whatever a queue or subscription still holds, up to a marker that it sends itself. */
final class Drain {
    private Drain() {}

    static void queue(String url, String queue, Ledger ledger) throws JMSException {
        Connection connection = Client.connect(url, Client.isTopic(queue) ? queue : null);
        try {
            connection.start();
            Session session = Client.session(connection, false);
            session.createProducer(Client.destination(queue))
                    .send(session.createTextMessage("marker"));
            MessageConsumer consumer = Client.consumer(session, queue);
            Message message = consumer.receive();
            while (!(message instanceof TextMessage)) {
                Consumer.record(ledger, (BytesMessage) message, "drain." + queue, queue, "-");
                message = consumer.receive();
            }
        } finally {
            connection.close();
        }
    }
}
