package interop.vertx;

import static org.junit.Assert.assertEquals;

import io.vertx.amqp.AmqpClientOptions;
import io.vertx.amqp.AmqpReceiver;
import io.vertx.amqp.AmqpReceiverOptions;
import org.junit.Test;

public class SubscriptionsTest extends VertxFixture {
    @Test
    public void topicsByCapability() throws Exception {
        String topic = unique("topic");
        receive(topic, new AmqpReceiverOptions().addCapability("topic"));
        receive(topic, new AmqpReceiverOptions().addCapability("topic"));
        send("topic://" + topic, "news");
        assertEquals("news", next().bodyAsString());
        assertEquals("news", next().bodyAsString());
    }

    @Test
    public void selector() throws Exception {
        String queue = unique("queue");
        receive(queue, new AmqpReceiverOptions().setSelector("JMSPriority < 4"));
        send(queue, "as ever");
        var sender = done(connection.createSender(queue));
        done(sender.sendWithAck(io.vertx.amqp.AmqpMessage.create().withBody("less").priority(
                (short) 1).build()));
        assertEquals("less", next().bodyAsString());
    }

    @Test
    public void durable() throws Exception {
        String topic = unique("topic");
        String name = unique("sub");
        String client = unique("client");
        AmqpReceiverOptions options = new AmqpReceiverOptions().setDurable(true).setLinkName(name)
                .addCapability("topic");
        var first = connect(new AmqpClientOptions().setContainerId(client));
        done(first.createReceiver(topic, options));
        done(first.close());
        send("topic://" + topic, "while away");
        var second = connect(new AmqpClientOptions().setContainerId(client));
        AmqpReceiver again = done(second.createReceiver(topic, options));
        again.handler(inbox::add);
        assertEquals("while away", next().bodyAsString());
        done(again.close());
        done(second.close());
    }
}
