import java.io.File;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.apache.activemq.artemis.api.core.TransportConfiguration;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.io.aio.AIOSequentialFileFactory;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptorFactory;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressFullMessagePolicy;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.api.core.RoutingType;

/**
 * Apache Artemis with AMQP only, on a free port: the defaults of its own `artemis create`, but that
 * plain addresses are queues, that dead letters and paging do not come into play, and no security.
 * Argument: the data directory. Prints a ready line as ternd does.
 */
public final class ArtemisBroker {
    private ArtemisBroker() {}

    public static void main(String[] arguments) throws Exception {
        File data = new File(arguments[0]);
        int port = freePort();
        Configuration configuration = new ConfigurationImpl();
        configuration.setName("bench").setSecurityEnabled(false).setPersistenceEnabled(true)
                .setJMXManagementEnabled(false)
                .setJournalDirectory(new File(data, "journal").getPath())
                .setBindingsDirectory(new File(data, "bindings").getPath())
                .setPagingDirectory(new File(data, "paging").getPath())
                .setLargeMessagesDirectory(new File(data, "large").getPath())
                .setMaxDiskUsage(100).setGlobalMaxSize(1L << 30)
                .setJournalFileSize(10 << 20).setJournalDatasync(true);
        boolean aio = AIOSequentialFileFactory.isSupported();
        int everyNs = syncNs(data);
        configuration.setJournalType(aio ? JournalType.ASYNCIO : JournalType.NIO);
        configuration.setJournalBufferTimeout_AIO(everyNs).setJournalBufferTimeout_NIO(everyNs);
        configuration.addAddressSetting("#", new AddressSettings()
                .setDefaultQueueRoutingType(RoutingType.ANYCAST)
                .setDefaultAddressRoutingType(RoutingType.ANYCAST)
                .setAddressFullMessagePolicy(AddressFullMessagePolicy.PAGE));
        Map<String, Object> where = new HashMap<>();
        where.put("host", "127.0.0.1");
        where.put("port", port);
        where.put("protocols", "AMQP");
        configuration.addAcceptorConfiguration(new TransportConfiguration(
                NettyAcceptorFactory.class.getName(), where, "amqp"));
        EmbeddedActiveMQ broker = new EmbeddedActiveMQ();
        broker.setConfiguration(configuration);
        broker.start();
        System.err.printf("journal: %s, gathered for %d us%n", aio ? "aio" : "nio",
                everyNs / 1000);
        System.out.printf("ready amqp10=127.0.0.1:%d%n", port);
        System.out.flush();
    }

    private static int freePort() throws Exception {
        try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** How long its journal gathers writes: as long as one takes here, as `artemis create` does. */
    private static int syncNs(File data) throws Exception {
        data.mkdirs();
        File probe = new File(data, "probe");
        ByteBuffer block = ByteBuffer.allocateDirect(4096);
        final int count = 250;
        try (FileChannel file = FileChannel.open(probe.toPath(), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE)) {
            for (int i = 0; i < count; i++) {
                file.write(block.clear(), i * 4096L);
            }
            file.force(true);
            long begin = System.nanoTime();
            for (int i = 0; i < count; i++) {
                file.write(block.clear(), i * 4096L);
                file.force(false);
            }
            return (int) ((System.nanoTime() - begin) / count);
        } finally {
            probe.delete();
        }
    }
}
