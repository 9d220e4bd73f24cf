import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.web.MessageServlet;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.ServletContextHandler;

/** ActiveMQ Classic's REST servlet. Prints its port, and ends with its standard input. */
public final class ClassicServlet {
    public static void main(String[] args) throws Exception {
        BrokerService broker = new BrokerService();
        broker.setBrokerName("localhost");
        broker.setPersistent(false);
        broker.setUseJmx(false);
        broker.start();
        broker.waitUntilStarted();
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletContextHandler context =
            new ServletContextHandler(server, "/", ServletContextHandler.SESSIONS);
        context.setInitParameter("org.apache.activemq.brokerURL", "vm://localhost?create=false");
        context.addServlet(MessageServlet.class, "/api/message/*").setAsyncSupported(true);
        server.start();
        System.out.println("ports " + connector.getLocalPort());
        while (System.in.read() >= 0) {
            // Whoever started this closes it.
        }
        System.exit(0);
    }
}
