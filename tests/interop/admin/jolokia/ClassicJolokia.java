import java.io.File;
import java.util.Map;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.TransportConnector;
import org.jolokia.jvmagent.JolokiaServer;
import org.jolokia.jvmagent.JolokiaServerConfig;

/**
 * ActiveMQ Classic with its MBeans served by Jolokia. Prints the ports of OpenWire, STOMP and
 * Jolokia, and ends with its standard input.
 */
public final class ClassicJolokia {
    public static void main(String[] args) throws Exception {
        BrokerService broker = new BrokerService();
        broker.setBrokerName("localhost");
        broker.setDataDirectoryFile(new File(args[0]));
        broker.getManagementContext().setCreateConnector(false);
        broker.setSchedulerSupport(true);
        TransportConnector openwire = broker.addConnector("tcp://127.0.0.1:0");
        openwire.setName("openwire");
        TransportConnector stomp = broker.addConnector("stomp://127.0.0.1:0");
        stomp.setName("stomp");
        broker.start();
        broker.waitUntilStarted();
        JolokiaServer jolokia = new JolokiaServer(new JolokiaServerConfig(
            Map.of("host", "127.0.0.1", "port", "0", "discoveryEnabled", "false")), true);
        jolokia.start();
        System.out.println("ports " + openwire.getConnectUri().getPort() + " "
            + stomp.getConnectUri().getPort() + " " + jolokia.getAddress().getPort());
        while (System.in.read() >= 0) {
            // Whoever started this closes it.
        }
        jolokia.stop();
        broker.stop();
        System.exit(0);
    }
}
