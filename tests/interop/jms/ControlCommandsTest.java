package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQTextMessage;
import org.apache.activemq.command.Command;
import org.apache.activemq.command.ConnectionControl;
import org.apache.activemq.command.ConnectionId;
import org.apache.activemq.command.ConnectionInfo;
import org.apache.activemq.command.ConsumerControl;
import org.apache.activemq.command.ConsumerId;
import org.apache.activemq.command.ConsumerInfo;
import org.apache.activemq.command.ControlCommand;
import org.apache.activemq.command.ExceptionResponse;
import org.apache.activemq.command.FlushCommand;
import org.apache.activemq.command.MessageAck;
import org.apache.activemq.command.MessageDispatch;
import org.apache.activemq.command.MessageId;
import org.apache.activemq.command.MessagePull;
import org.apache.activemq.command.ProducerId;
import org.apache.activemq.command.ProducerInfo;
import org.apache.activemq.command.RemoveInfo;
import org.apache.activemq.command.Response;
import org.apache.activemq.command.SessionId;
import org.apache.activemq.command.SessionInfo;
import org.apache.activemq.command.ShutdownInfo;
import org.apache.activemq.transport.DefaultTransportListener;
import org.apache.activemq.transport.Transport;
import org.apache.activemq.transport.TransportFactory;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;

/**
 * A client that is a script: it has the transport of ActiveMQ's client and nothing above it, and
 * writes down all that the broker says, in its order.
 */
public class ControlCommandsTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    private final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final ConnectionId connection = new ConnectionId("ControlCommandsTest");
    private final SessionId session = new SessionId(connection, 1);
    private final ConsumerId consumer = new ConsumerId(session, 1);
    private final ProducerId producer = new ProducerId(session, 1);
    private final ProducerId windowed = new ProducerId(session, 2);
    private ActiveMQDestination queue;
    private Transport transport;
    private long sent;
    private volatile MessageDispatch last;

    @Before
    public void connect() throws Exception {
        queue = (ActiveMQDestination) jms.queue();
        transport = TransportFactory.connect(new URI(TestBroker.url()));
        transport.setTransportListener(new DefaultTransportListener() {
            @Override
            public void onCommand(Object command) {
                heard.add(name((Command) command));
            }

            @Override
            public void onException(IOException error) {
                heard.add("closed");
            }
        });
        transport.start();
        ConnectionInfo info = new ConnectionInfo(connection);
        info.setClientId(connection.getValue());
        info.setManageable(true);
        ask(info);
        expect("WireFormatInfo", "BrokerInfo");
        // ActiveMQ says the one from another thread than the other.
        assertEquals(Set.of("ConnectionControl", "ok"), Set.of(next(), next()));
        ask(new SessionInfo(session));
        expect("ok");
        ask(new ProducerInfo(producer));
        expect("ok");
    }

    @After
    public void disconnect() throws Exception {
        transport.stop();
    }

    @Test
    public void pullsAreAnswered() throws Exception {
        subscribe(0);
        tell(pull(-1));
        expect("nothing");
        tell(pull(1));
        expect("nothing");
        tell(pull(0));
        tell(message("a"));
        expect("a");
        acknowledge(1);
        tell(message("b"));
        tell(pull(JmsFixture.WAIT_MS));
        expect("b");
    }

    @Test
    public void aPrefetchGrowsAndShrinks() throws Exception {
        subscribe(1);
        tell(message("a"));
        expect("a");
        for (String text : List.of("b", "c", "d")) {
            ask(message(text));
            expect("ok");
        }
        tell(prefetch(3));
        expect("b", "c");
        ask(prefetch(1));
        expect("ok");
        acknowledge(3);
        expect("d");
    }

    @Test
    public void aWindowIsGivenBack() throws Exception {
        ProducerInfo info = new ProducerInfo(windowed);
        info.setWindowSize(100_000);
        ask(info);
        expect("ok");
        ActiveMQTextMessage message = message("a");
        message.setProducerId(windowed);
        message.setMessageId(new MessageId(windowed, 1));
        tell(message);
        expect("ProducerAck");
    }

    @Test
    public void whatNeedsNoDoingIsAnswered() throws Exception {
        ask(new ControlCommand());
        expect("ok");
        ask(new FlushCommand());
        expect("ok");
        ask(new ConnectionControl());
        expect("ok");
    }

    @Test
    public void whatIsNotThereCannotEnd() throws Exception {
        ask(new RemoveInfo(new ConsumerId(session, 9)));
        expect("IllegalStateException");
        ask(new RemoveInfo(new ProducerId(session, 9)));
        expect("IllegalStateException");
        ask(new RemoveInfo(new SessionId(connection, 9)));
        expect("IllegalStateException");
    }

    @Test
    public void allEndsInItsOrder() throws Exception {
        subscribe(10);
        ask(new RemoveInfo(consumer));
        expect("ok");
        ask(new RemoveInfo(producer));
        expect("ok");
        ask(new RemoveInfo(session));
        expect("ok");
        ask(new RemoveInfo(connection));
        expect("ok");
        tell(new ShutdownInfo());
        expect("closed");
    }

    private void subscribe(int prefetch) throws Exception {
        ConsumerInfo info = new ConsumerInfo(consumer);
        info.setDestination(queue);
        info.setPrefetchSize(prefetch);
        ask(info);
        expect("ok");
    }

    private MessagePull pull(long timeout) {
        MessagePull pull = new MessagePull();
        pull.setConsumerId(consumer);
        pull.setDestination(queue);
        pull.setTimeout(timeout);
        return pull;
    }

    private ConsumerControl prefetch(int prefetch) {
        ConsumerControl control = new ConsumerControl();
        control.setConsumerId(consumer);
        control.setDestination(queue);
        control.setPrefetch(prefetch);
        return control;
    }

    private ActiveMQTextMessage message(String text) throws Exception {
        ActiveMQTextMessage message = new ActiveMQTextMessage();
        message.setDestination(queue);
        message.setProducerId(producer);
        message.setMessageId(new MessageId(producer, ++sent));
        message.setPersistent(false);
        message.setText(text);
        message.onSend();
        return message;
    }

    /** Of the last `count` that came. */
    private void acknowledge(int count) throws IOException {
        tell(new MessageAck(last, MessageAck.STANDARD_ACK_TYPE, count));
    }

    /** Sends a command that is not answered. */
    private void tell(Command command) throws IOException {
        transport.oneway(command);
    }

    /** Sends a command, whose answer is written down where it comes. */
    private void ask(Command command) throws IOException {
        transport.asyncRequest(command, future -> {
            try {
                heard.add(name(future.getResult()));
            } catch (IOException error) {
                heard.add(error.toString());
            }
        });
    }

    private String name(Command command) {
        if (command instanceof ExceptionResponse) {
            return ((ExceptionResponse) command).getException().getClass().getSimpleName();
        }
        if (command instanceof Response) {
            return "ok";
        }
        if (command instanceof MessageDispatch) {
            MessageDispatch dispatch = (MessageDispatch) command;
            if (dispatch.getMessage() == null) {
                return "nothing";
            }
            last = dispatch;
            return text(dispatch);
        }
        return command.getClass().getSimpleName();
    }

    private static String text(MessageDispatch dispatch) {
        try {
            return ((ActiveMQTextMessage) dispatch.getMessage()).getText();
        } catch (Exception error) {
            return error.toString();
        }
    }

    private void expect(String... lines) throws InterruptedException {
        for (String line : lines) {
            assertEquals(line, next());
        }
    }

    private String next() throws InterruptedException {
        String line = heard.poll(JmsFixture.WAIT_MS, TimeUnit.MILLISECONDS);
        assertNotNull("nothing more was said", line);
        return line;
    }
}
