package crash.load;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.jms.BytesMessage;
import javax.jms.Connection;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * Messages that are wanted at a time: `URL WHAT MESSAGES PRODUCERS START_SECONDS SECONDS BROKER`.
 * All of them are sent in the first START_SECONDS; the times when they are due are spread evenly
 * over the SECONDS after that, in no order. WHAT is `schedule`: they are delivered then, or
 * `expiry`: they become dead letters then. Half of the scheduled ones say how long they wait, the
 * others, which have to come in the order of their times, at what time they are wanted. Prints
 * `due FIRST LAST`, the times since 1970 in ms, once all is sent; reads a line, `gone FROM TO`:
 * when the broker was away (0 0: never); and prints how late they came, those apart that were due
 * while it was away. Every one must come exactly once, and none too early.
 */
public final class Later {
    private static final int BODY_BYTES = 100;
    private static final int SILENCE_MS = 60_000;

    private final String url;
    private final boolean expiry;
    private final int messages;
    private final int producers;
    private final long first;
    private final long window;
    private final long[] due;
    private final int[] late;
    private final BitSet seen = new BitSet();
    private final AtomicInteger next = new AtomicInteger();
    private final boolean classic;
    private long latestDue;
    private int outOfOrder;

    private Later(String[] args) {
        url = args[0];
        expiry = args[1].equals("expiry");
        messages = Integer.parseInt(args[2]);
        producers = Integer.parseInt(args[3]);
        first = System.currentTimeMillis() + Long.parseLong(args[4]) * 1000;
        window = Long.parseLong(args[5]) * 1000;
        classic = args.length > 6 && args[6].equals("classic");
        due = new long[messages];
        late = new int[messages];
    }

    public static void main(String[] args) throws Exception {
        new Later(args).run();
    }

    private void run() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        CountDownLatch ready = new CountDownLatch(1);
        Future<?> consumer = threads.submit(() -> {
            consume(ready);
            return null;
        });
        ready.await();
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < producers; i++) {
            all.add(threads.submit(() -> {
                produce();
                return null;
            }));
        }
        for (Future<?> producer : all) {
            producer.get();
        }
        long ahead = first - System.currentTimeMillis();
        if (ahead < 0) {
            throw new IllegalStateException("it took " + -ahead + " ms too long to send");
        }
        System.out.println("due " + first + " " + (first + window));
        String[] gone = new java.util.Scanner(System.in).nextLine().split(" ");
        consumer.get();
        threads.shutdown();
        report(Long.parseLong(gone[1]), Long.parseLong(gone[2]));
    }

    /** The nth of them is due somewhere in the window, no two neighbours close to each other. */
    private long dueAt(int number) {
        long step = 7919L * number % messages;
        return first + step * window / messages;
    }

    private void produce() throws JMSException {
        Connection connection = Client.connect("failover:(" + url + ")");
        connection.start();
        Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
        MessageProducer producer = session.createProducer(new ActiveMQQueue("later"));
        producer.setDeliveryMode(DeliveryMode.PERSISTENT);
        int sent = 0;
        for (int i = next.getAndIncrement(); i < messages; i = next.getAndIncrement()) {
            BytesMessage message = session.createBytesMessage();
            message.writeBytes(new byte[BODY_BYTES]);
            message.setIntProperty("number", i);
            send(producer, message, i);
            if (++sent % 100 == 0) {
                session.commit();
            }
        }
        session.commit();
        connection.close();
    }

    /** A delay counts from when the broker has the message: it is due no earlier than this. */
    private void send(MessageProducer producer, Message message, int number) throws JMSException {
        long now = System.currentTimeMillis();
        due[number] = dueAt(number);
        long delay = due[number] - now;
        if (expiry) {
            producer.send(message, DeliveryMode.PERSISTENT, 4, delay);
        } else if (isTimed(number)) {
            message.setLongProperty("_AMQ_SCHED_DELIVERY", due[number]);
            producer.send(message);
        } else {
            message.setLongProperty("AMQ_SCHEDULED_DELAY", delay);
            producer.send(message);
        }
    }

    /** ActiveMQ Classic takes delays only; with those it depends on the way when one is due. */
    private boolean isTimed(int number) {
        return !expiry && !classic && number % 2 != 0;
    }

    private void consume(CountDownLatch ready) throws JMSException {
        Connection connection = Client.connect("failover:(" + url + ")");
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        String from = (expiry ? "ActiveMQ.DLQ" : "later") + "?consumer.prefetchSize=1000";
        MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(from));
        connection.start();
        ready.countDown();
        for (int got = 0; got < messages;) {
            long wait = Math.max(first + window - System.currentTimeMillis(), 0) + SILENCE_MS;
            Message message = consumer.receive(wait);
            if (message == null) {
                throw new IllegalStateException("only " + got + " came");
            }
            if (take(message)) {
                got++;
            }
        }
        connection.close();
    }

    /** False: it came before, and says so. */
    private boolean take(Message message) throws JMSException {
        long now = System.currentTimeMillis();
        int number = message.getIntProperty("number");
        if (seen.get(number)) {
            if (message.getJMSRedelivered()) {
                return false;
            }
            throw new IllegalStateException("message " + number + " came twice");
        }
        seen.set(number);
        late[number] = (int) (now - due[number]);
        if (late[number] < 0) {
            throw new IllegalStateException(
                    "message " + number + " came " + -late[number] + " ms too early");
        }
        if (expiry) {
            check(message, number);
        }
        if (isTimed(number) && !message.getJMSRedelivered()) {
            if (due[number] < latestDue) {
                outOfOrder++;
            }
            latestDue = Math.max(latestDue, due[number]);
        }
        return true;
    }

    private static void check(Message message, int number) throws JMSException {
        boolean right = message.getJMSExpiration() == 0
                && message.getJMSDeliveryMode() == DeliveryMode.PERSISTENT
                && "queue://later".equals(String.valueOf(
                        ((ActiveMQMessage) message).getOriginalDestination()))
                && message.getLongProperty("originalExpiration") > 0
                && message.getStringProperty("dlqDeliveryFailureCause").contains("xpired");
        if (!right) {
            throw new IllegalStateException("dead letter " + number + " lacks properties");
        }
    }

    private void report(long from, long to) {
        List<Integer> there = new ArrayList<>();
        List<Integer> away = new ArrayList<>();
        for (int i = 0; i < messages; i++) {
            (due[i] < from || due[i] > to ? there : away).add(late[i]);
        }
        System.out.println("out of order: " + outOfOrder);
        print("all came once", there);
        print("due while the broker was away", away);
    }

    private static void print(String what, List<Integer> late) {
        int[] sorted = late.stream().mapToInt(Integer::intValue).toArray();
        Arrays.sort(sorted);
        if (sorted.length == 0) {
            return;
        }
        System.out.println(what + ": " + sorted.length + ", late by ms: p50 "
                + sorted[sorted.length / 2] + " p99 " + sorted[sorted.length * 99 / 100] + " max "
                + sorted[sorted.length - 1]);
    }
}
