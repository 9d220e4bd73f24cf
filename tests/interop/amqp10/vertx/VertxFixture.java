package interop.vertx;

import io.vertx.amqp.AmqpClient;
import io.vertx.amqp.AmqpClientOptions;
import io.vertx.amqp.AmqpConnection;
import io.vertx.amqp.AmqpMessage;
import io.vertx.amqp.AmqpReceiver;
import io.vertx.amqp.AmqpReceiverOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.After;
import org.junit.Before;

/** A connection of Vert.x, and what comes on its receivers. */
public abstract class VertxFixture {
    static final long WAIT_MS = 20_000;

    final BlockingQueue<AmqpMessage> inbox = new LinkedBlockingQueue<>();
    private Vertx vertx;
    AmqpConnection connection;

    @Before
    public void connect() throws Exception {
        vertx = Vertx.vertx();
        connection = connect(new AmqpClientOptions());
    }

    AmqpConnection connect(AmqpClientOptions options) throws Exception {
        URI broker = URI.create(System.getProperty("broker"));
        options.setHost(broker.getHost()).setPort(broker.getPort());
        return done(AmqpClient.create(vertx, options).connect());
    }

    static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(WAIT_MS, TimeUnit.MILLISECONDS);
    }

    static String unique(String prefix) {
        return prefix + "." + UUID.randomUUID().toString().substring(0, 8);
    }

    /** Its messages come into the inbox. */
    AmqpReceiver receive(String address, AmqpReceiverOptions options) throws Exception {
        AmqpReceiver receiver = done(connection.createReceiver(address, options));
        receiver.handler(inbox::add);
        return receiver;
    }

    AmqpMessage next() throws Exception {
        AmqpMessage message = inbox.poll(WAIT_MS, TimeUnit.MILLISECONDS);
        if (message == null) {
            throw new AssertionError("no message came");
        }
        return message;
    }

    void send(String address, String... bodies) throws Exception {
        var sender = done(connection.createSender(address));
        for (String body : bodies) {
            done(sender.sendWithAck(AmqpMessage.create().withBody(body).durable(true).build()));
        }
        done(sender.close());
    }

    @After
    public void close() throws Exception {
        done(connection.close());
        done(vertx.close());
    }
}
