package crash.load;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.jms.Connection;

/**
 * 25 producers and 28 consumers that live through any number of crashes of the broker. Arguments:
 * the broker's URL and the ledger file. A byte (or end) on stdin stops the producers; then the
 * queues are emptied and the program ends.
 */
public final class Load {
    private static final int PRODUCERS = 25;
    /** Queues with a single consumer, where the order of deliveries can be judged throughout. */
    private static final int OWN_QUEUES = 5;
    /** Queues with CONSUMERS_PER_SHARED consumers each. */
    private static final int SHARED_QUEUES = 5;
    private static final int CONSUMERS_PER_SHARED = 4;
    /** Topics with one durable subscription each. */
    private static final int TOPICS = 3;

    private final String url;
    private final Ledger ledger;
    private final List<Client> producers = new ArrayList<>();
    private final List<Client> consumers = new ArrayList<>();

    private Load(String url, Ledger ledger) {
        this.url = url;
        this.ledger = ledger;
    }

    public static void main(String[] args) throws Exception {
        int code = 1;
        try (Ledger ledger = new Ledger(Path.of(args[1]))) {
            Load load = new Load(args[0], ledger);
            load.start();
            System.in.read();
            load.finish();
            code = 0;
        } catch (Exception failed) {
            failed.printStackTrace();
        }
        // Threads of the client library would keep the process alive.
        System.exit(code);
    }

    private void start() throws Exception {
        for (int i = 0; i < TOPICS; i++) {
            subscribe(topic(i));
        }
        for (int i = 0; i < OWN_QUEUES; i++) {
            addConsumer(own(i));
        }
        for (int i = 0; i < SHARED_QUEUES * CONSUMERS_PER_SHARED; i++) {
            addConsumer(shared(i % SHARED_QUEUES));
        }
        for (int i = 0; i < TOPICS; i++) {
            addConsumer(topic(i));
        }
        for (int i = 0; i < PRODUCERS; i++) {
            addProducer(i);
        }
        consumers.forEach(Thread::start);
        producers.forEach(Thread::start);
    }

    /** From then on nothing that is sent there is lost. */
    private void subscribe(String topic) throws Exception {
        Connection connection = Client.connect(url, topic);
        try {
            Client.consumer(Client.session(connection, false), topic);
        } finally {
            connection.close();
        }
    }

    /** Every third consumer uses transactions. */
    private void addConsumer(String queue) {
        int i = consumers.size();
        consumers.add(new Consumer("c" + i, url, ledger, queue, i % 3 == 0));
    }

    /**
     * Every fifth producer uses transactions; every second has the client library reconnect; every
     * third sends groups.
     */
    private void addProducer(int i) {
        List<String> queues = List.of(
                own(i % OWN_QUEUES), shared(i % SHARED_QUEUES), topic(i % TOPICS));
        String producerUrl = i % 2 == 0 ? url
                : "failover:(" + url + ")?initialReconnectDelay=10&maxReconnectDelay=50";
        producers.add(new Producer("p" + i, producerUrl, ledger, queues, i % 5 == 0, i % 3 == 0));
    }

    private static String own(int i) {
        return "own." + i;
    }

    private static String shared(int i) {
        return "shared." + i;
    }

    private static String topic(int i) {
        return "topic." + i;
    }

    private void finish() throws Exception {
        end(producers);
        end(consumers);
        for (int i = 0; i < OWN_QUEUES; i++) {
            Drain.queue(url, own(i), ledger);
        }
        for (int i = 0; i < SHARED_QUEUES; i++) {
            Drain.queue(url, shared(i), ledger);
        }
        for (int i = 0; i < TOPICS; i++) {
            Drain.queue(url, topic(i), ledger);
        }
    }

    private static void end(List<Client> clients) throws InterruptedException {
        clients.forEach(Client::finish);
        for (Client client : clients) {
            client.join();
        }
    }
}
