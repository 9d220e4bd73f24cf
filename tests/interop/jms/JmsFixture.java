package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.jms.Connection;
import javax.jms.Destination;
import javax.jms.InvalidClientIDException;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;
import javax.jms.Topic;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.ActiveMQMessageConsumer;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;
import org.junit.internal.runners.statements.FailOnTimeout;
import org.junit.rules.ExternalResource;
import org.junit.runner.Description;
import org.junit.runners.model.Statement;

/**
 * One test's world: connections to the broker under test, destinations of the test's own, and the
 * few verbs its story needs. Everything opened here is closed when the test ends.
 */
public final class JmsFixture extends ExternalResource {
    /** How long an event that must come is awaited. */
    static final int WAIT_MS = 20_000;

    /** How often tests that kill the broker over and over do so; those take longer. */
    static final int KILLS = Integer.getInteger("kills", 10);

    private static final int TEST_SECONDS = 90 + KILLS;
    private static final String MARKER = "marker";

    private final List<ActiveMQConnection> connections = new ArrayList<>();
    private String testName;

    @Override
    public Statement apply(Statement base, Description test) {
        testName = test.getTestClass().getSimpleName() + "."
                + test.getMethodName().replaceAll("[^A-Za-z0-9]+", "_");
        Statement timed = FailOnTimeout.builder().withTimeout(TEST_SECONDS, TimeUnit.SECONDS)
                .build(base);
        return super.apply(timed, test);
    }

    @Override
    protected void after() {
        for (ActiveMQConnection connection : connections) {
            close(connection);
        }
    }

    // -- connections and sessions

    /** A started connection; `options` are URL options such as `jms.useCompression=true`. */
    ActiveMQConnection connect(String... options) throws JMSException {
        ActiveMQConnection connection = open(options);
        connection.start();
        return connection;
    }

    /** A connection that is not started, and so may still be given a client id. */
    ActiveMQConnection open(String... options) throws JMSException {
        return openUrl(TestBroker.url() + (options.length == 0 ? "" : "?")
                + String.join("&", options));
    }

    /** What connections are made by: messages come again without delay. */
    static ActiveMQConnectionFactory factory(String url) {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(url);
        factory.setTrustAllPackages(true);
        factory.getRedeliveryPolicy().setInitialRedeliveryDelay(0);
        factory.getRedeliveryPolicy().setRedeliveryDelay(0);
        return factory;
    }

    ActiveMQConnection openUrl(String url) throws JMSException {
        ActiveMQConnection connection = (ActiveMQConnection) factory(url).createConnection();
        connections.add(connection);
        return connection;
    }

    /** A session of the given acknowledge mode on a connection of its own. */
    Session session(int acknowledgeMode, String... options) throws JMSException {
        return sessionOn(connect(options), acknowledgeMode);
    }

    Session sessionOn(Connection connection, int acknowledgeMode) throws JMSException {
        return connection.createSession(
                acknowledgeMode == Session.SESSION_TRANSACTED, acknowledgeMode);
    }

    /**
     * Closes the socket with a reset, as if the client's machine had gone, and returns when the
     * broker has noticed: then the client id is free again.
     */
    void cutOff(ActiveMQConnection connection) throws Exception {
        String clientId = connection.getClientID();
        Socket socket = connection.getTransport().narrow(Socket.class);
        socket.setSoLinger(true, 0);
        socket.close();
        await(() -> canConnectAs(clientId));
    }

    private boolean canConnectAs(String clientId) {
        try {
            ActiveMQConnection connection = open();
            connection.setClientID(clientId);
            connection.start();
            connection.close();
            return true;
        } catch (InvalidClientIDException inUse) {
            return false;
        } catch (JMSException other) {
            throw new AssertionError(other);
        }
    }

    static void close(Connection connection) {
        try {
            connection.close();
        } catch (JMSException alreadyBroken) {
            // A test that breaks its connection has asserted what it wanted to know.
        }
    }

    // -- destinations

    Queue queue() {
        return queue("");
    }

    Queue queue(String suffix) {
        return new ActiveMQQueue(testName + suffix);
    }

    Topic topic() {
        return topic("");
    }

    Topic topic(String suffix) {
        return new ActiveMQTopic(testName + suffix);
    }

    // -- sending and receiving

    /** Sends persistent texts on a connection of its own; the broker has them on return. */
    void send(Destination destination, String... texts) throws JMSException {
        ActiveMQConnection connection = connect();
        send(sessionOn(connection, Session.AUTO_ACKNOWLEDGE), destination, texts);
        connection.close();
    }

    static void send(Session session, Destination destination, String... texts)
            throws JMSException {
        MessageProducer producer = session.createProducer(destination);
        for (String text : texts) {
            producer.send(session.createTextMessage(text));
        }
        producer.close();
    }

    /** Numbered texts whose order as texts is the order of sending. */
    static String[] texts(int count) {
        String[] texts = new String[count];
        for (int i = 0; i < count; i++) {
            texts[i] = String.format("%06d", i);
        }
        return texts;
    }

    static Message receive(MessageConsumer consumer) throws JMSException {
        Message message = consumer.receive(WAIT_MS);
        assertNotNull("no message came", message);
        return message;
    }

    static String receiveText(MessageConsumer consumer) throws JMSException {
        return ((TextMessage) receive(consumer)).getText();
    }

    static List<String> receiveTexts(MessageConsumer consumer, int count) throws JMSException {
        List<String> texts = new ArrayList<>();
        while (texts.size() < count) {
            texts.add(receiveText(consumer));
        }
        return texts;
    }

    /** Takes what the queue holds, which must be exactly these texts in this order. */
    void expectHolds(Queue queue, String... texts) throws JMSException {
        assertEquals(List.of(texts), takeAll(queue));
    }

    /** Takes what the queue holds. */
    List<String> takeAll(Queue queue) throws JMSException {
        send(queue, MARKER);
        ActiveMQConnection connection = connect();
        MessageConsumer consumer =
                sessionOn(connection, Session.AUTO_ACKNOWLEDGE).createConsumer(queue);
        List<String> found = new ArrayList<>();
        for (String text = receiveText(consumer); !text.equals(MARKER);
                text = receiveText(consumer)) {
            found.add(text);
        }
        connection.close();
        return found;
    }

    /** Proves that nothing waits for the subscriber: what comes next is what is sent next. */
    void expectNothingMore(Destination destination, MessageConsumer subscriber)
            throws JMSException {
        send(destination, MARKER);
        assertEquals(MARKER, receiveText(subscriber));
    }

    // -- waiting

    /** Waits until the client library holds `count` messages the application has not taken. */
    static void awaitPrefetched(MessageConsumer consumer, int count) {
        await(() -> ((ActiveMQMessageConsumer) consumer).getMessageSize() == count);
    }

    static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WAIT_MS);
        while (!condition.getAsBoolean()) {
            assertTrue("condition not reached in time", System.nanoTime() < deadline);
            LockSupport.parkNanos(1_000_000);
        }
    }
}
