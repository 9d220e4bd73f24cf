package interop.vertx;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import io.vertx.amqp.AmqpMessage;
import io.vertx.amqp.AmqpReceiver;
import io.vertx.amqp.AmqpReceiverOptions;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.ExecutionException;
import org.junit.Test;

public class TransfersTest extends VertxFixture {
    @Test
    public void inOrderWithBackPressure() throws Exception {
        String queue = unique("queue");
        String[] bodies = new String[100];
        for (int i = 0; i < bodies.length; i++) {
            bodies[i] = "m" + i;
        }
        send(queue, bodies);
        AmqpReceiver receiver = done(connection.createReceiver(queue,
                new AmqpReceiverOptions().setMaxBufferedMessages(10)));
        receiver.pause().handler(inbox::add);
        for (String body : bodies) {
            receiver.fetch(1);
            assertEquals(body, next().bodyAsString());
        }
    }

    @Test
    public void bytes() throws Exception {
        String queue = unique("queue");
        Buffer body = Buffer.buffer(new byte[500_000]);
        var sender = done(connection.createSender(queue));
        done(sender.sendWithAck(AmqpMessage.create().withBufferAsBody(body).build()));
        receive(queue, new AmqpReceiverOptions());
        assertEquals(body, next().bodyAsBinary());
    }

    @Test
    public void outcomes() throws Exception {
        String queue = unique("queue");
        send(queue, "m");
        receive(queue, new AmqpReceiverOptions().setAutoAcknowledgement(false));
        next().released();
        next().modified(true, false);
        AmqpMessage again = next();
        assertEquals(1, again.deliveryCount());
        again.accepted();
    }

    @Test
    public void requestAndReply() throws Exception {
        String queue = unique("queue");
        AmqpReceiver replies = done(connection.createDynamicReceiver());
        replies.handler(inbox::add);
        done(done(connection.createSender(queue)).sendWithAck(
                AmqpMessage.create().withBody("?").replyTo(replies.address()).build()));
        receive(queue, new AmqpReceiverOptions());
        AmqpMessage request = next();
        var sender = done(connection.createAnonymousSender());
        done(sender.sendWithAck(
                AmqpMessage.create().address(request.replyTo()).withBody("!").build()));
        assertEquals("!", next().bodyAsString());
    }

    @Test
    public void rejectedByTheBroker() throws Exception {
        var sender = done(connection.createAnonymousSender());
        assertThrows(ExecutionException.class, () -> done(sender.sendWithAck(
                AmqpMessage.create().address("temp-queue://there-is-none").withBody("m").build())));
    }
}
