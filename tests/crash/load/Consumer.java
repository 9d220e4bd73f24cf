package crash.load;

import javax.jms.BytesMessage;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.Session;

/**
 * Takes messages from one queue or durable subscription, acknowledging each, or some ten to a
 * transaction.
 */
final class Consumer extends Client {
    private static final int IDLE_MS = 500;
    private static final int BATCH = 10;
    private static final int ROLL_BACK_EVERY = 8;

    private final String queue;
    private final boolean transacted;
    private int incarnation;
    private long transactions;

    Consumer(String id, String url, Ledger ledger, String queue, boolean transacted) {
        super(id, url, ledger);
        this.queue = queue;
        this.transacted = transacted;
    }

    @Override
    String clientId() {
        return isTopic(queue) ? queue : null;
    }

    @Override
    void work(Connection connection) throws JMSException {
        String incarnationId = id + "." + ++incarnation;
        noteInterruptions(connection, incarnationId);
        Session session = session(connection, transacted);
        MessageConsumer consumer = consumer(session, queue);
        boolean idle = false;
        while (!(stopping() && idle)) {
            idle = transacted
                    ? takeBatch(session, consumer, incarnationId) == 0
                    : !take(consumer, incarnationId, "-");
        }
    }

    private int takeBatch(Session session, MessageConsumer consumer, String incarnationId)
            throws JMSException {
        String transaction = id + "/" + ++transactions;
        int taken = 0;
        while (taken < BATCH && take(consumer, incarnationId, transaction)) {
            ++taken;
        }
        if (transactions % ROLL_BACK_EVERY == 0) {
            session.rollback();
            ledger.write("returned", transaction);
        } else {
            session.commit();
            ledger.write("acked", transaction);
        }
        return taken;
    }

    private boolean take(MessageConsumer consumer, String incarnationId, String transaction)
            throws JMSException {
        BytesMessage message = (BytesMessage) consumer.receive(IDLE_MS);
        if (message == null) {
            return false;
        }
        record(ledger, message, incarnationId, queue, transaction);
        return true;
    }

    static void record(
            Ledger ledger, BytesMessage message, String incarnation, String queue,
            String transaction) throws JMSException {
        ledger.write("got", incarnation, queue, Payload.keyOf(message),
                message.getJMSRedelivered() ? "again" : "first", transaction);
        if (!Payload.isIntact(message)) {
            ledger.write("corrupt", Payload.keyOf(message));
        }
    }
}
