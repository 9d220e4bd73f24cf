package tern.bench;

import java.util.concurrent.atomic.AtomicLong;
import javax.jms.Connection;
import javax.jms.Destination;
import javax.jms.JMSException;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnectionFactory;

/** One producer or consumer: a connection, a session and a thread of its own. */
abstract class Client implements Runnable {
    protected final Run run;
    protected final Session session;
    protected final Destination destination;

    private final Connection connection;
    private final Thread thread;
    private final AtomicLong count = new AtomicLong();

    Client(Run run, String name) throws JMSException {
        this.run = run;
        connection = new ActiveMQConnectionFactory(run.settings.url()).createConnection();
        connection.setExceptionListener(run::fail);
        final boolean transacted = run.scenario.transacted();
        session =
                connection.createSession(
                        transacted,
                        transacted ? Session.SESSION_TRANSACTED : Session.AUTO_ACKNOWLEDGE);
        final String address = run.settings.destination();
        destination =
                run.scenario.topic() ? session.createTopic(address) : session.createQueue(address);
        thread = new Thread(this, name);
        thread.setDaemon(true);
    }

    /** Sends or receives until the run's phase says stop. */
    abstract void work() throws Exception;

    @Override
    public final void run() {
        try {
            work();
        } catch (Exception e) {
            run.fail(e);
        }
    }

    final void start() throws JMSException {
        connection.start();
        thread.start();
    }

    /** Waits for the thread; false if it still runs after {@code millis}. */
    final boolean join(long millis) throws InterruptedException {
        thread.join(Math.max(1, millis));
        return !thread.isAlive();
    }

    final void close() throws JMSException {
        connection.close();
    }

    /** Messages sent or received so far; with transactions, those committed. */
    final long count() {
        return count.getOpaque();
    }

    protected final void add(long messages) {
        count.setOpaque(count.getPlain() + messages);
    }
}
