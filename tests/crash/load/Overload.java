package crash.load;

import java.util.BitSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.jms.BytesMessage;
import javax.jms.Connection;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * More than a broker can hold: `URL PRODUCERS CONSUMERS MESSAGES SECONDS BODY SHARE MODE`. They
 * send messages to one queue as fast as they are let, so many in all or for so many seconds, MODE
 * `persistent` or `transient`; consumers take no more than one message for SHARE of those (1: as
 * fast as they can) until the last producer is done. Every message must come exactly once. Prints
 * what was sent, and by the end of that received.
 */
public final class Overload {
    private static final ActiveMQQueue QUEUE = new ActiveMQQueue("overload");
    private static final long STARVED_NS = 60_000_000_000L;
    private static final long STALLED_NS = 50_000_000;

    private final String[] args;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger received = new AtomicInteger();
    private final AtomicBoolean producing = new AtomicBoolean(true);
    private final BitSet seen = new BitSet();
    private final long endNanos;
    private volatile long sentNanos = System.nanoTime();

    private Overload(String[] args) {
        this.args = args;
        endNanos = System.nanoTime() + number(4) * 1_000_000_000L;
    }

    public static void main(String[] args) throws Exception {
        new Overload(args).run();
    }

    private int number(int at) {
        return Integer.parseInt(args[at]);
    }

    private void run() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        CountDownLatch ready = new CountDownLatch(number(2));
        List<Future<?>> consumers = new ArrayList<>();
        for (int i = 0; i < number(2); i++) {
            consumers.add(threads.submit(() -> {
                consume(ready);
                return null;
            }));
        }
        ready.await();
        List<Future<?>> producers = new ArrayList<>();
        for (int i = 0; i < number(1); i++) {
            producers.add(threads.submit(() -> {
                produce();
                return null;
            }));
        }
        for (Future<?> producer : producers) {
            producer.get();
        }
        System.out.println("sent " + sent + " received " + received);
        producing.set(false);
        for (Future<?> consumer : consumers) {
            consumer.get();
        }
        threads.shutdown();
        if (seen.cardinality() != sent.get() || received.get() != sent.get()) {
            throw new IllegalStateException("sent " + sent + ", received " + received
                    + ", of these " + seen.cardinality() + " different ones");
        }
        System.out.println("all came once");
    }

    private boolean goesOn(int message) {
        return number(3) > 0 ? message < number(3) : System.nanoTime() < endNanos;
    }

    private void produce() throws JMSException {
        Connection connection = Client.connect(args[0]);
        Session session = Client.session(connection, false);
        MessageProducer producer = session.createProducer(QUEUE);
        producer.setDeliveryMode(args[7].equals("transient") ? DeliveryMode.NON_PERSISTENT
                                                             : DeliveryMode.PERSISTENT);
        byte[] body = new byte[number(5)];
        for (int i = next.getAndIncrement(); goesOn(i); i = next.getAndIncrement()) {
            BytesMessage message = session.createBytesMessage();
            message.setIntProperty("number", i);
            message.writeBytes(body);
            producer.send(message);
            sent.incrementAndGet();
            sentNanos = System.nanoTime();
        }
        connection.close();
    }

    private void consume(CountDownLatch ready) throws JMSException {
        Connection connection = Client.connect(args[0]);
        Session session = Client.session(connection, false);
        MessageConsumer consumer =
                session.createConsumer(new ActiveMQQueue("overload?consumer.prefetchSize=10"));
        connection.start();
        ready.countDown();
        long servedNanos = System.nanoTime();
        while (producing.get() || received.get() < sent.get()) {
            BytesMessage message = (BytesMessage) consumer.receive(100);
            if (message == null) {
                if (producing.get() && System.nanoTime() - servedNanos > STARVED_NS) {
                    throw new IllegalStateException("a consumer starves");
                }
                continue;
            }
            servedNanos = System.nanoTime();
            synchronized (seen) {
                seen.set(message.getIntProperty("number"));
            }
            received.incrementAndGet();
            rest();
        }
        connection.close();
    }

    /** While enough was taken, unless producers wait for the space that taking more frees. */
    private void rest() {
        while (producing.get() && number(6) > 1 && received.get() > sent.get() / number(6)
                && System.nanoTime() - sentNanos < STALLED_NS) {
            LockSupport.parkNanos(1_000_000);
        }
    }
}
