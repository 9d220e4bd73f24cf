package interop.amqp091;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.CancelCallback;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DeliverCallback;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The story of run_clients.py by RabbitMQ's client for Java: prints a line for each part. */
public final class Story {
    private static final long WAIT_MS = 60_000;
    private static final CancelCallback NO_CANCEL = tag -> { };

    private final ConnectionFactory factory = new ConnectionFactory();
    private Channel channel;

    public static void main(String[] arguments) throws Exception {
        Story story = new Story();
        story.factory.setHost("127.0.0.1");
        story.factory.setPort(Integer.parseInt(arguments[0]));
        try (Connection connection = story.factory.newConnection()) {
            story.tell(connection);
        }
    }

    private interface Part {
        Object play() throws Exception;
    }

    private void tell(Connection connection) throws Exception {
        say(connection, "confirm", this::confirm);
        say(connection, "returned", this::returned);
        say(connection, "nack", this::nack);
        say(connection, "dead letter", this::deadLetter);
        say(connection, "cancelled", this::cancelled);
        say(connection, "stopped", this::stopped);
        say(connection, "exclusive", this::exclusive);
        say(connection, "transaction", this::transaction);
    }

    private void say(Connection connection, String name, Part part) throws Exception {
        channel = connection.createChannel();
        System.out.println(name + ": " + part.play());
        channel.close();
    }

    private Object confirm() throws Exception {
        channel.queueDeclare("c.confirm", false, false, false, null);
        channel.confirmSelect();
        channel.basicPublish("", "c.confirm", MessageProperties.PERSISTENT_BASIC, bytes("hello"));
        channel.waitForConfirmsOrDie(WAIT_MS);
        return next("c.confirm") + " " + next("c.confirm");
    }

    private Object returned() throws Exception {
        BlockingQueue<String> back = new LinkedBlockingQueue<>();
        channel.addReturnListener(told -> back.add(
                told.getReplyCode() + " " + told.getReplyText() + " " + text(told.getBody())));
        channel.basicPublish("", "c.nowhere", true, null, bytes("lost"));
        return await(back);
    }

    private Object nack() throws Exception {
        channel.queueDeclare("c.nack", false, false, false, null);
        channel.basicPublish("", "c.nack", null, bytes("again"));
        BlockingQueue<Delivery> got = new LinkedBlockingQueue<>();
        DeliverCallback take = (tag, delivery) -> got.add(delivery);
        channel.basicConsume("c.nack", false, take, NO_CANCEL);
        channel.basicNack(await(got).getEnvelope().getDeliveryTag(), false, true);
        Delivery second = await(got);
        channel.basicAck(second.getEnvelope().getDeliveryTag(), false);
        return text(second.getBody()) + " " + second.getEnvelope().isRedeliver();
    }

    private Object deadLetter() throws Exception {
        channel.queueDeclare("c.dead", false, false, false, null);
        channel.queueDeclare("c.reject", false, false, false,
                Map.of("x-dead-letter-exchange", "", "x-dead-letter-routing-key", "c.dead"));
        channel.basicPublish("", "c.reject", null, bytes("bad"));
        GetResponse rejected = channel.basicGet("c.reject", false);
        channel.basicReject(rejected.getEnvelope().getDeliveryTag(), false);
        GetResponse dead = null;
        while (dead == null) {
            dead = channel.basicGet("c.dead", true);
        }
        Object deaths = dead.getProps().getHeaders().get("x-death");
        Map<?, ?> death = (Map<?, ?>) ((List<?>) deaths).get(0);
        return text(dead.getBody()) + " " + death.get("reason") + " " + death.get("queue") + " "
                + death.get("count");
    }

    private Object cancelled() throws Exception {
        channel.queueDeclare("c.cancel", false, false, false, null);
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        channel.basicConsume("c.cancel", true, "tag", (tag, delivery) -> { }, told::add);
        channel.queueDelete("c.cancel");
        return "tag".equals(await(told)) ? "null" : "another tag";
    }

    private Object stopped() throws Exception {
        channel.queueDeclare("c.stop", false, false, false, null);
        BlockingQueue<Delivery> got = new LinkedBlockingQueue<>();
        String tag = channel.basicConsume("c.stop", true, (one, delivery) -> got.add(delivery),
                NO_CANCEL);
        channel.basicCancel(tag);
        channel.basicPublish("", "c.stop", null, bytes("kept"));
        return next("c.stop") + (got.isEmpty() ? "" : " consumed");
    }

    private Object exclusive() throws Exception {
        channel.queueDeclare("c.mine", false, true, false, null);
        try (Connection other = factory.newConnection()) {
            other.createChannel().queueDeclarePassive("c.mine");
            return "allowed";
        } catch (IOException | AlreadyClosedException refused) {
            ShutdownSignalException why = (ShutdownSignalException) refused.getCause();
            return ((AMQP.Channel.Close) why.getReason()).getReplyCode();
        }
    }

    private Object transaction() throws Exception {
        channel.queueDeclare("c.tx", false, false, false, null);
        channel.txSelect();
        channel.basicPublish("", "c.tx", null, bytes("forgotten"));
        channel.txRollback();
        channel.basicPublish("", "c.tx", null, bytes("kept"));
        channel.txCommit();
        return next("c.tx") + " " + next("c.tx");
    }

    // -- what the parts are made of

    private String next(String queue) throws IOException {
        GetResponse got = channel.basicGet(queue, true);
        return got == null ? "empty" : text(got.getBody());
    }

    private static <T> T await(BlockingQueue<T> from) throws InterruptedException {
        T got = from.poll(WAIT_MS, TimeUnit.MILLISECONDS);
        if (got == null) {
            throw new IllegalStateException("nothing came");
        }
        return got;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
