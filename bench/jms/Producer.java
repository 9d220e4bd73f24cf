package tern.bench;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import javax.jms.BytesMessage;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.MessageProducer;

/** Sends numbered messages as fast as the client lets it, and times each send or commit. */
final class Producer extends Client {
    private static final long PAUSE_NANOS = 200_000;

    final Histogram latency = new Histogram();

    private final int index;
    private final MessageProducer producer;
    private final ByteBuffer payload;
    private long sequence;

    Producer(Run run, int index) throws JMSException {
        super(run, "producer-" + index);
        this.index = index;
        producer = session.createProducer(destination);
        producer.setDeliveryMode(
                run.scenario.persistent() ? DeliveryMode.PERSISTENT : DeliveryMode.NON_PERSISTENT);
        payload = ByteBuffer.allocate(Math.max(Long.BYTES, run.settings.payloadBytes()));
        new Random(index).nextBytes(payload.array());
    }

    @Override
    void work() throws JMSException {
        final int batch = run.scenario.batch();
        while (run.sending()) {
            if (sequence >= run.quota) {
                LockSupport.parkNanos(PAUSE_NANOS);
            } else if (batch == 0) {
                sendOne();
            } else {
                sendTransaction(batch);
            }
        }
    }

    private void sendOne() throws JMSException {
        final long start = System.nanoTime();
        send();
        finish(start, 1);
    }

    private void sendTransaction(int batch) throws JMSException {
        for (int i = 0; i < batch; i++) {
            send();
        }
        final long start = System.nanoTime();
        session.commit();
        finish(start, batch);
    }

    private void send() throws JMSException {
        payload.putLong(0, Ledger.number(index, sequence));
        final BytesMessage message = session.createBytesMessage();
        message.writeBytes(payload.array());
        producer.send(message);
        sequence++;
    }

    private void finish(long start, int messages) {
        if (run.measured()) {
            latency.record(System.nanoTime() - start);
        }
        add(messages);
    }
}
