package interop.jms;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.jms.Connection;
import javax.jms.IllegalStateException;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.Queue;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnectionFactory;

/**
 * A JMS client whose rights are taken while it is connected: reads what to do a line, and answers
 * {@code done} or what it was told.
 */
public final class RevokedPeer {
    private static final int WAIT_MS = 20_000;

    private final CountDownLatch ended = new CountDownLatch(1);
    private final Connection connection;
    private final Session session;
    private final Queue queue;
    private final MessageConsumer consumer;

    private RevokedPeer(String url, String user, String password, String name)
            throws JMSException {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(url);
        factory.setAlwaysSyncSend(true);
        connection = factory.createConnection(user, password);
        connection.setExceptionListener(failure -> ended.countDown());
        connection.start();
        session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        queue = session.createQueue(name);
        consumer = session.createConsumer(queue);
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        RevokedPeer peer = null;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.equals("connect")) {
                peer = new RevokedPeer(arguments[0], arguments[1], arguments[2], arguments[3]);
                System.out.println("done");
            } else {
                System.out.println(peer.perform(line));
            }
        }
        System.exit(0); // whatever has become of the connection
    }

    private String perform(String what) throws InterruptedException {
        try {
            switch (what) {
                case "send":
                    session.createProducer(null).send(queue, session.createTextMessage("m"));
                    return "done";
                case "receive":
                    return consumer.receive(WAIT_MS) == null ? "nothing" : "done";
                case "consumer ends":
                    return awaitClosed() ? tryAgain() : "still open";
                case "connection ends":
                    return ended.await(WAIT_MS, TimeUnit.MILLISECONDS) ? "done" : "still connected";
                default:
                    return "what is " + what + "?";
            }
        } catch (JMSException refused) {
            return refused.getMessage();
        }
    }

    private boolean awaitClosed() throws JMSException {
        try {
            consumer.receive(WAIT_MS); // ends when the broker closes it
            consumer.receive(1);
            return false;
        } catch (IllegalStateException closed) {
            return true;
        }
    }

    private String tryAgain() throws JMSException {
        session.createConsumer(queue);
        return "done";
    }
}
