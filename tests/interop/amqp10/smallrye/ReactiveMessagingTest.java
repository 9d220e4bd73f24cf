package interop.smallrye;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;

import java.net.URI;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.se.WeldContainer;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;

/** An application whose channels are queues and topics of the broker. */
public class ReactiveMessagingTest {
    private static final long WAIT_MS = 20_000;

    private final Set<String> settings = new HashSet<>();
    private WeldContainer container;
    private Orders orders;

    @Before
    public void start() {
        String id = UUID.randomUUID().toString().substring(0, 8);
        channel("outgoing", "new-orders", "orders." + id);
        channel("incoming", "orders", "orders." + id);
        set("incoming", "orders", "failure-strategy", "modified-failed");
        channel("outgoing", "confirmations", "confirmations." + id);
        channel("incoming", "confirmed", "confirmations." + id);
        // It sends by a link without an address: each message says where to, and what that is.
        channel("outgoing", "announcements", "topic://news." + id);
        channel("incoming", "news-here", "news." + id);
        channel("incoming", "news-there", "news." + id);
        set("incoming", "news-here", "capabilities", "topic");
        set("incoming", "news-there", "capabilities", "topic");
        container = new Weld().addBeanClass(Orders.class).initialize();
        orders = container.select(Orders.class).get();
    }

    @After
    public void stop() {
        container.close();
        settings.forEach(System::clearProperty);
    }

    private void channel(String direction, String name, String address) {
        URI broker = URI.create(System.getProperty("broker"));
        set(direction, name, "connector", "smallrye-amqp");
        set(direction, name, "host", broker.getHost());
        set(direction, name, "port", Integer.toString(broker.getPort()));
        set(direction, name, "address", address);
    }

    private void set(String direction, String name, String attribute, String value) {
        String setting = "mp.messaging." + direction + "." + name + "." + attribute;
        System.setProperty(setting, value);
        settings.add(setting);
    }

    private static String next(BlockingQueue<String> inbox) throws Exception {
        String message = inbox.poll(WAIT_MS, TimeUnit.MILLISECONDS);
        assertNotNull("no message came", message);
        return message;
    }

    private void place(String order) throws Exception {
        orders.place(order).toCompletableFuture().get(WAIT_MS, TimeUnit.MILLISECONDS);
    }

    @Test
    public void aPipelineKeepsTheOrder() throws Exception {
        for (int i = 0; i < 500; i++) {
            place("order " + i);
        }
        for (int i = 0; i < 500; i++) {
            assertEquals("confirmed order " + i, next(orders.confirmed()));
        }
    }

    @Test
    public void whatFailedComesAgain() throws Exception {
        place(Orders.DIFFICULT);
        assertEquals("confirmed difficult", next(orders.confirmed()));
        assertEquals(3, orders.attempts());
        place("easy");
        assertEquals("confirmed easy", next(orders.confirmed()));
    }

    /** Nobody says when a channel has subscribed: the news are told until all have heard them. */
    @Test
    public void topicsTellEveryChannel() throws Exception {
        Set<String> heard = new HashSet<>();
        for (int i = 0; i < 200 && heard.size() < 2; i++) {
            orders.announce("news").toCompletableFuture().get(WAIT_MS, TimeUnit.MILLISECONDS);
            String message = orders.heard().poll(100, TimeUnit.MILLISECONDS);
            if (message != null) {
                heard.add(message);
            }
        }
        assertEquals(Set.of("here news", "there news"), heard);
    }
}
