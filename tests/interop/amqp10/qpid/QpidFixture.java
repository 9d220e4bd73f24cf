package interop.qpid;

import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.After;

/** Contexts of Qpid JMS at the broker under test, closed after each test. */
public abstract class QpidFixture {
    static final long WAIT_MS = 20_000;
    static final int AUTO = JMSContext.AUTO_ACKNOWLEDGE;

    private final List<JMSContext> contexts = new ArrayList<>();

    static String url(String... options) {
        String query = options.length == 0 ? "" : "?" + String.join("&", options);
        return System.getProperty("broker") + query;
    }

    static String unique(String prefix) {
        return prefix + "." + UUID.randomUUID().toString().substring(0, 8);
    }

    JMSContext context(String... options) {
        return context(AUTO, options);
    }

    JMSContext context(int mode, String... options) {
        return opened(new JmsConnectionFactory(url(options)).createContext(mode));
    }

    JMSContext client(String id, String... options) {
        JmsConnectionFactory factory = new JmsConnectionFactory(url(options));
        factory.setClientID(id);
        return opened(factory.createContext(AUTO));
    }

    private JMSContext opened(JMSContext context) {
        contexts.add(context);
        return context;
    }

    /** The next message's body. */
    static <T> T body(JMSConsumer consumer, Class<T> type) throws Exception {
        Message message = consumer.receive(WAIT_MS);
        if (message == null) {
            throw new AssertionError("no message came");
        }
        return message.getBody(type);
    }

    static String text(JMSConsumer consumer) throws Exception {
        return body(consumer, String.class);
    }

    @After
    public void closeContexts() {
        for (JMSContext context : contexts) {
            context.close();
        }
    }
}
