import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.TransportConnector;
import org.apache.activemq.console.command.ShellCommand;

/**
 * A broker of Classic with the command of its own that looks at it: prints its port, and then for
 * each line of the standard input, words separated by tabs, how many bytes `activemq` says, and
 * these. All of it in one process, for the command takes as long to start as the broker.
 */
public final class ClassicReports {
    private ClassicReports() {}

    public static void main(String[] args) throws Exception {
        BrokerService broker = new BrokerService();
        broker.setBrokerName("localhost");
        broker.setPersistent(false);
        broker.setUseShutdownHook(false);
        broker.getManagementContext().setCreateConnector(false);
        TransportConnector connector = broker.addConnector("tcp://127.0.0.1:0");
        connector.setName("openwire");
        broker.start();
        broker.waitUntilStarted();
        PrintStream answers = System.out;
        answers.println("port " + connector.getConnectUri().getPort());
        BufferedReader words = new BufferedReader(
                new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = words.readLine(); line != null; line = words.readLine()) {
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            ShellCommand.main(line.split("\t"), InputStream.nullInputStream(),
                    new PrintStream(said, true, StandardCharsets.UTF_8));
            answers.println("said " + said.size());
            answers.write(said.toByteArray());
            answers.flush();
        }
        broker.stop();
        System.exit(0);
    }
}
