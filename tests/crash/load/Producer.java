package crash.load;

import java.util.List;
import javax.jms.BytesMessage;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.MessageProducer;
import javax.jms.Session;

/**
 * Sends persistent messages to its queues and topics in turn, singly or ten to a transaction; to
 * queues that consumers share some producers send all as one message group.
 */
final class Producer extends Client {
    private static final int BATCH = 10;
    private static final int ROLL_BACK_EVERY = 8;

    private final List<String> queues;
    private final boolean transacted;
    private final boolean grouped;
    private long sequence;
    private long transactions;

    Producer(
            String id, String url, Ledger ledger, List<String> queues, boolean transacted,
            boolean grouped) {
        super(id, url, ledger);
        this.grouped = grouped;
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
        BytesMessage message = Payload.create(session, key);
        if (grouped && name.startsWith("shared.")) {
            message.setStringProperty("JMSXGroupID", id);
        }
        ledger.write("try", key, name, transaction);
        producer.send(destination(name), message);
        return key;
    }
}
