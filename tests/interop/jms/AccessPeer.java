package interop.jms;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import javax.jms.JMSException;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * What a user may do, as JMS clients find out: reads {@code USER PASSWORD OPERATION DESTINATION} a
 * line, tries that on a connection of its own, and answers {@code allowed} or {@code denied:} with
 * what the client was told. {@code -} stands for no user or no password.
 */
public final class AccessPeer {
    private AccessPeer() {}

    public static void main(String[] arguments) throws Exception {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(arguments[0]);
        factory.setAlwaysSyncSend(true);
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(attempt(factory, line.split(" ")));
        }
    }

    private static String attempt(ActiveMQConnectionFactory factory, String[] words)
            throws Exception {
        ActiveMQConnection connection = (ActiveMQConnection) factory.createConnection(
                words[0].equals("-") ? null : words[0], words[1].equals("-") ? null : words[1]);
        try {
            connection.start();
            perform(connection, words[2], words[3]);
            return "allowed";
        } catch (JMSException refused) {
            return "denied: " + refused.getMessage();
        } finally {
            try {
                connection.close();
            } catch (JMSException already) {
                // The broker ended it.
            }
        }
    }

    private static void perform(ActiveMQConnection connection, String operation, String name)
            throws JMSException {
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        ActiveMQDestination destination =
                ActiveMQDestination.createDestination(name, ActiveMQDestination.QUEUE_TYPE);
        switch (operation) {
            case "login":
                return;
            case "send":
                // The check of a producer would come before the one of a message.
                session.createProducer(null).send(destination, session.createTextMessage("m"));
                return;
            case "produce":
                session.createProducer(destination);
                return;
            case "consume":
                session.createConsumer(destination);
                return;
            case "browse":
                session.createBrowser((ActiveMQQueue) destination).getEnumeration();
                return;
            case "remove":
                connection.destroyDestination(destination);
                return;
            default:
                throw new IllegalArgumentException(operation);
        }
    }
}
