package crash.load;

import java.util.List;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import org.apache.activemq.command.ActiveMQQueue;

/** Sends persistent messages to its queues in turn, singly or ten to a transaction. */
final class Producer extends Client {
    private static final int BATCH = 10;
    private static final int ROLL_BACK_EVERY = 8;

    private final List<String> queues;
    private final boolean transacted;
    private long sequence;
    private long transactions;

    Producer(String id, String url, Ledger ledger, List<String> queues, boolean transacted) {
        super(id, url, ledger);
        this.queues = queues;
        this.transacted = transacted;
    }

    @Override
    void work(Connection connection) throws JMSException {
        Session session = session(connection, transacted);
        MessageProducer producer = session.createProducer(null);
        noteInterruptions(connection, id);
        while (!stopping()) {
            if (transacted) {
                sendBatch(session, producer);
            } else {
                String key = send(session, producer, "-");
                ledger.write("sent", key);
            }
        }
    }

    private void sendBatch(Session session, MessageProducer producer) throws JMSException {
        String transaction = id + "/" + ++transactions;
        for (int i = 0; i < BATCH; i++) {
            send(session, producer, transaction);
        }
        if (transactions % ROLL_BACK_EVERY == 0) {
            ledger.write("abandon", transaction);
            session.rollback();
        } else {
            session.commit();
            ledger.write("committed", transaction);
        }
    }

    /** Every attempt has a key of its own: a failed send is not repeated under the same key. */
    private String send(Session session, MessageProducer producer, String transaction)
            throws JMSException {
        String key = id + "-" + ++sequence;
        String name = queues.get((int) (sequence % queues.size()));
        Queue queue = new ActiveMQQueue(name);
        ledger.write("try", key, name, transaction);
        producer.send(queue, Payload.create(session, key));
        return key;
    }
}
