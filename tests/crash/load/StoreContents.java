package crash.load;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.jms.BytesMessage;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;
import javax.jms.Topic;
import javax.jms.XASession;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.ActiveMQXAConnection;
import org.apache.activemq.ActiveMQXAConnectionFactory;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;

/** Puts something of every kind into a broker's store, or finds it there again. */
public final class StoreContents {
    private static final int BODY_BYTES = 1024;
    private static final int SUBSCRIBED = 50;
    private static final int CONSUMED = 100;
    private static final int SHARED_BODY_BYTES = 20_000;
    private static final int RECEIVE_MS = 60_000;
    private static final int NOTHING_MS = 500;

    private final String url;
    private final int backlog;
    private final long delayMs;

    private StoreContents(String[] arguments) {
        url = arguments[0];
        backlog = Integer.parseInt(arguments[2]);
        delayMs = Long.parseLong(arguments[3]);
    }

    /** Arguments: URL, fill or find, messages of the backlog, delay of the scheduled one in ms. */
    public static void main(String[] arguments) throws Exception {
        StoreContents contents = new StoreContents(arguments);
        if (arguments[1].equals("fill")) {
            contents.fill();
        } else {
            contents.find();
        }
    }

    private Connection connect(String clientId) throws JMSException {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(url);
        factory.setUseAsyncSend(true);
        Connection connection = factory.createConnection();
        if (clientId != null) {
            connection.setClientID(clientId);
        }
        connection.start();
        return connection;
    }

    private static Session session(Connection connection) throws JMSException {
        return connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    }

    // -- fill

    private void fill() throws Exception {
        subscribe("first");
        subscribe("second");
        Connection connection = connect(null);
        Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
        fillBacklog(session);
        consumeSome();
        MessageProducer topic = session.createProducer(topic());
        for (int i = 0; i < SUBSCRIBED; i++) {
            topic.send(session.createTextMessage(shared(i)));
        }
        session.createProducer(new ActiveMQQueue("held")).send(session.createTextMessage("held"));
        TextMessage later = session.createTextMessage("later");
        later.setLongProperty("AMQ_SCHEDULED_DELAY", delayMs);
        session.createProducer(new ActiveMQQueue("later")).send(later);
        session.commit();
        connection.close();
        prepare();
    }

    private void subscribe(String client) throws JMSException {
        Connection connection = connect(client);
        session(connection).createDurableSubscriber(topic(), "subscription").close();
        connection.close();
    }

    private void fillBacklog(Session session) throws JMSException {
        MessageProducer producer = session.createProducer(new ActiveMQQueue("backlog"));
        for (int i = 0; i < backlog; i++) {
            BytesMessage message = session.createBytesMessage();
            message.writeBytes(body(i));
            message.setIntProperty("number", i);
            producer.send(message);
            if (i % 1000 == 999) {
                session.commit();
            }
        }
        session.commit();
    }

    /** Every tenth of those in front. */
    private void consumeSome() throws JMSException {
        Connection connection = connect(null);
        MessageConsumer consumer =
                session(connection).createConsumer(new ActiveMQQueue("backlog"), "number % 10 = 0");
        for (int i = 0; i < CONSUMED; i++) {
            expect(i * 10, ((BytesMessage) receive(consumer)).getIntProperty("number"));
        }
        connection.close();
    }

    /** A transaction that has taken one message and sent another waits for its end. */
    private void prepare() throws Exception {
        ActiveMQXAConnection connection = xaConnection();
        XASession session = connection.createXASession();
        XAResource resource = session.getXAResource();
        Xid xid = new Branch();
        resource.start(xid, XAResource.TMNOFLAGS);
        expect("held", text(session.createConsumer(new ActiveMQQueue("held"))));
        session.createProducer(new ActiveMQQueue("promised"))
                .send(session.createTextMessage("promised"));
        resource.end(xid, XAResource.TMSUCCESS);
        expect(XAResource.XA_OK, resource.prepare(xid));
        connection.close();
    }

    // -- find

    private void find() throws Exception {
        Connection connection = connect(null);
        Session session = session(connection);
        findBacklog(session);
        for (String client : new String[] {"first", "second"}) {
            findSubscribed(client);
        }
        expectNothing(session, "promised");
        commit();
        expect("promised", text(session.createConsumer(new ActiveMQQueue("promised"))));
        expectNothing(session, "held");
        expect("later", text(session.createConsumer(new ActiveMQQueue("later"))));
        connection.close();
    }

    private void findBacklog(Session session) throws JMSException {
        MessageConsumer consumer = session.createConsumer(new ActiveMQQueue("backlog"));
        for (int i = 0; i < backlog; i++) {
            if (i % 10 == 0 && i < CONSUMED * 10) {
                continue;
            }
            BytesMessage message = (BytesMessage) receive(consumer);
            byte[] content = new byte[BODY_BYTES];
            message.readBytes(content);
            expect(i, message.getIntProperty("number"));
            expect(true, Arrays.equals(body(i), content));
        }
        consumer.close();
        expectNothing(session, "backlog");
    }

    private void findSubscribed(String client) throws JMSException {
        Connection connection = connect(client);
        MessageConsumer consumer =
                session(connection).createDurableSubscriber(topic(), "subscription");
        for (int i = 0; i < SUBSCRIBED; i++) {
            expect(shared(i), text(consumer));
        }
        connection.close();
    }

    private void commit() throws Exception {
        ActiveMQXAConnection connection = xaConnection();
        XAResource resource = connection.createXASession().getXAResource();
        Xid[] prepared = resource.recover(XAResource.TMSTARTRSCAN | XAResource.TMENDRSCAN);
        expect(1, prepared.length);
        resource.commit(prepared[0], false);
        connection.close();
    }

    // -- both

    private ActiveMQXAConnection xaConnection() throws JMSException {
        ActiveMQXAConnection connection =
                (ActiveMQXAConnection) new ActiveMQXAConnectionFactory(url).createXAConnection();
        connection.start();
        return connection;
    }

    private static Topic topic() {
        return new ActiveMQTopic("news");
    }

    private static byte[] body(int number) {
        byte[] body = new byte[BODY_BYTES];
        Arrays.fill(body, (byte) (number % 251));
        return body;
    }

    private static String shared(int number) {
        byte[] text = new byte[SHARED_BODY_BYTES];
        Arrays.fill(text, (byte) ('a' + number % 26));
        return number + new String(text, StandardCharsets.US_ASCII);
    }

    private static Message receive(MessageConsumer consumer) throws JMSException {
        Message message = consumer.receive(RECEIVE_MS);
        if (message == null) {
            throw new AssertionError("a message is missing");
        }
        return message;
    }

    private static String text(MessageConsumer consumer) throws JMSException {
        return ((TextMessage) receive(consumer)).getText();
    }

    private static void expectNothing(Session session, String queue) throws JMSException {
        MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(queue));
        expect(null, consumer.receive(NOTHING_MS));
        consumer.close();
    }

    private static void expect(Object wanted, Object got) {
        if (wanted == null ? got != null : !wanted.equals(got)) {
            throw new AssertionError("expected " + wanted + ", got " + got);
        }
    }

    private static final class Branch implements Xid {
        @Override
        public int getFormatId() {
            return 1;
        }

        @Override
        public byte[] getGlobalTransactionId() {
            return "store".getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public byte[] getBranchQualifier() {
            return "branch".getBytes(StandardCharsets.US_ASCII);
        }
    }
}
