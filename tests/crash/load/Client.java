package crash.load;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.jms.Connection;
import javax.jms.Destination;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.Topic;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;
import org.apache.activemq.transport.DefaultTransportListener;

/** A thread that works on a connection and makes a new one whenever the broker went away. */
abstract class Client extends Thread {
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(20);

    final String id;
    final Ledger ledger;
    private final String url;
    private volatile boolean stopping;

    Client(String id, String url, Ledger ledger) {
        super(id);
        this.id = id;
        this.url = url;
        this.ledger = ledger;
    }

    /** The client id of its connections; null: any. */
    String clientId() {
        return null;
    }

    /** Works until stopping() or until the connection fails. */
    abstract void work(Connection connection) throws JMSException;

    final void finish() {
        stopping = true;
    }

    final boolean stopping() {
        return stopping;
    }

    @Override
    public final void run() {
        boolean done = false;
        while (!done) {
            try {
                workOnce();
                done = stopping;
            } catch (JMSException brokerGone) {
                LockSupport.parkNanos(RETRY_NS);
            }
        }
    }

    private void workOnce() throws JMSException {
        Connection connection = connect(url, clientId());
        try {
            connection.start();
            work(connection);
        } finally {
            try {
                connection.close();
            } catch (JMSException brokerGone) {
                // Nothing was left to be said to it.
            }
        }
    }

    static Connection connect(String url) throws JMSException {
        return connect(url, null);
    }

    static Connection connect(String url, String clientId) throws JMSException {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(url);
        if (clientId != null) {
            factory.setClientID(clientId);
        }
        // A message may be out at as many crashes as chance wants.
        factory.getRedeliveryPolicy().setMaximumRedeliveries(-1);
        factory.getRedeliveryPolicy().setInitialRedeliveryDelay(0);
        factory.getRedeliveryPolicy().setRedeliveryDelay(0);
        factory.getPrefetchPolicy().setQueuePrefetch(100);
        // Killed brokers do not answer; the failed socket is what ends a wait.
        factory.setCloseTimeout(1000);
        return factory.createConnection();
    }

    /** Tells the ledger when the client library, which says nothing of it, has to reconnect. */
    final void noteInterruptions(Connection connection, String who) {
        ((ActiveMQConnection) connection).addTransportListener(new DefaultTransportListener() {
            @Override
            public void transportInterupted() {
                ledger.write("interrupted", who);
            }
        });
    }

    /** What is so named has one durable subscription, which has its name. */
    static boolean isTopic(String name) {
        return name.startsWith("topic.");
    }

    static Destination destination(String name) {
        return isTopic(name) ? new ActiveMQTopic(name) : new ActiveMQQueue(name);
    }

    static MessageConsumer consumer(Session session, String name) throws JMSException {
        return isTopic(name)
                ? session.createDurableSubscriber((Topic) destination(name), name)
                : session.createConsumer(destination(name));
    }

    static Session session(Connection connection, boolean transacted) throws JMSException {
        return connection.createSession(
                transacted, transacted ? Session.SESSION_TRANSACTED : Session.AUTO_ACKNOWLEDGE);
    }
}
