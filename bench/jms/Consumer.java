package tern.bench;

import javax.jms.BytesMessage;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;

/** Receives until the run is done, and writes every message down in its ledger. */
final class Consumer extends Client {
    private static final long RECEIVE_MILLIS = 100;

    final Ledger ledger = new Ledger();

    private final MessageConsumer consumer;
    private int uncommitted;

    Consumer(Run run, int index) throws JMSException {
        super(run, "consumer-" + index);
        consumer = session.createConsumer(destination);
    }

    @Override
    void work() throws JMSException {
        final int batch = run.scenario.batch();
        while (run.receiving()) {
            final Message message = consumer.receive(RECEIVE_MILLIS);
            if (message != null) {
                ledger.record(((BytesMessage) message).readLong());
                uncommitted++;
            }
            // A silent queue ends a transaction early, or the last ones would never be committed.
            if (uncommitted > 0 && (uncommitted >= batch || message == null)) {
                finish(batch > 0);
            }
        }
    }

    private void finish(boolean commit) throws JMSException {
        if (commit) {
            session.commit();
        }
        add(uncommitted);
        uncommitted = 0;
    }
}
