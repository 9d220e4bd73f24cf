package tern.bench;

import java.io.File;
import java.net.URI;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.TransportConnector;
import org.apache.activemq.broker.region.policy.PolicyEntry;
import org.apache.activemq.broker.region.policy.PolicyMap;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;
import org.apache.activemq.store.kahadb.disk.journal.Journal.JournalDiskSyncStrategy;

/**
 * ActiveMQ Classic as the benchmark wants it: KahaDB that syncs every confirm, one listener for
 * OpenWire or STOMP on a free loopback port, and limits so high that none of them throttles.
 * Everything else stands at Classic's defaults. Announces itself like {@code ternd}: one "ready"
 * line.
 */
public final class ClassicBroker {
    private static final long MEMORY_BYTES = 1L << 30;
    private static final long DISK_BYTES = 64L << 30;

    private ClassicBroker() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 1 || arguments.length > 2) {
            System.err.println("usage: ClassicBroker DATA_DIRECTORY [stomp]");
            System.exit(2);
        }
        final File data = new File(arguments[0]);
        final BrokerService broker = new BrokerService();
        broker.setBrokerName("classic");
        broker.setUseJmx(false);
        broker.setDataDirectoryFile(data);
        broker.setPersistenceAdapter(store(new File(data, "kahadb")));
        broker.setDestinationPolicy(unthrottled());
        broker.getSystemUsage().getMemoryUsage().setLimit(MEMORY_BYTES);
        broker.getSystemUsage().getStoreUsage().setLimit(DISK_BYTES);
        broker.getSystemUsage().getTempUsage().setLimit(DISK_BYTES);
        final String name = arguments.length == 2 ? arguments[1] : "openwire";
        final String scheme = name.equals("openwire") ? "tcp" : name;
        final TransportConnector listener = broker.addConnector(scheme + "://127.0.0.1:0");
        broker.start();
        broker.waitUntilStarted();
        final URI bound = listener.getServer().getConnectURI();
        System.out.println("ready " + name + "=127.0.0.1:" + bound.getPort());
        broker.waitUntilStopped();
    }

    private static KahaDBPersistenceAdapter store(File directory) {
        final KahaDBPersistenceAdapter store = new KahaDBPersistenceAdapter();
        store.setDirectory(directory);
        store.setJournalDiskSyncStrategy(JournalDiskSyncStrategy.ALWAYS.name());
        return store;
    }

    private static PolicyMap unthrottled() {
        final PolicyEntry everything = new PolicyEntry();
        everything.setProducerFlowControl(false);
        final PolicyMap policies = new PolicyMap();
        policies.setDefaultEntry(everything);
        return policies;
    }
}
