package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.jms.ConnectionFactory;
import javax.jms.Message;
import javax.jms.MessageListener;
import javax.jms.Queue;
import javax.jms.TextMessage;
import javax.jms.Topic;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.pool.PooledConnectionFactory;
import org.junit.After;
import org.junit.Rule;
import org.junit.Test;
import org.springframework.jms.connection.CachingConnectionFactory;
import org.springframework.jms.connection.JmsTransactionManager;
import org.springframework.jms.core.JmsTemplate;
import org.springframework.jms.listener.DefaultMessageListenerContainer;
import org.springframework.jms.listener.SimpleMessageListenerContainer;

/** What most applications see of JMS: Spring's template and listener containers, and the pool. */
public class SpringTest {
    private static final int COUNT = 200;

    @Rule public final JmsFixture jms = new JmsFixture();

    private final List<Runnable> endings = new ArrayList<>();

    @After
    public void end() {
        Collections.reverse(endings);
        endings.forEach(Runnable::run);
    }

    @Test
    public void templateSendsAndReceivesWithConversion() {
        JmsTemplate template = new JmsTemplate(pooled());
        template.setReceiveTimeout(JmsFixture.WAIT_MS);
        Queue queue = jms.queue();
        Map<String, Object> body = new HashMap<>();
        body.put("colour", "blue");
        body.put("size", 42);
        template.convertAndSend(queue, "text");
        template.convertAndSend(queue, body, message -> {
            message.setStringProperty("kind", "map");
            message.setJMSCorrelationID("c-1");
            return message;
        });
        template.convertAndSend(queue, new byte[] {1, 2, 3});

        assertEquals("text", template.receiveAndConvert(queue));
        assertEquals(body, template.receiveSelectedAndConvert(queue, "kind = 'map'"));
        assertEquals(3, ((byte[]) template.receiveAndConvert(queue)).length);
    }

    @Test
    public void templateKeepsPriorityExpiryAndDeliveryMode() throws Exception {
        JmsTemplate template = new JmsTemplate(pooled());
        template.setReceiveTimeout(JmsFixture.WAIT_MS);
        template.setExplicitQosEnabled(true);
        template.setDeliveryPersistent(false);
        template.setPriority(7);
        template.setTimeToLive(600_000);
        Queue queue = jms.queue();
        template.convertAndSend(queue, "x");
        Message message = template.receive(queue);
        assertEquals(7, message.getJMSPriority());
        assertEquals(600_000, message.getJMSExpiration() - message.getJMSTimestamp());
        assertEquals(javax.jms.DeliveryMode.NON_PERSISTENT, message.getJMSDeliveryMode());
    }

    @Test
    public void templateRequestsAndIsAnswered() throws Exception {
        ConnectionFactory factory = pooled();
        JmsTemplate template = new JmsTemplate(factory);
        template.setReceiveTimeout(JmsFixture.WAIT_MS);
        Queue queue = jms.queue();
        JmsTemplate answers = new JmsTemplate(factory);
        listen(factory, queue, false, 1, request -> {
            try {
                String text = ((TextMessage) request).getText();
                answers.convertAndSend(request.getJMSReplyTo(), "re: " + text);
            } catch (Exception failed) {
                throw new IllegalStateException(failed);
            }
        });
        for (int i = 0; i < 20; i++) {
            String text = "request " + i;
            Message answer =
                    template.sendAndReceive(queue, session -> session.createTextMessage(text));
            assertNotNull("no answer came", answer);
            assertEquals("re: " + text, ((TextMessage) answer).getText());
        }
    }

    @Test
    public void templateBrowses() {
        JmsTemplate template = new JmsTemplate(pooled());
        Queue queue = jms.queue();
        for (int i = 0; i < 5; i++) {
            template.convertAndSend(queue, "text " + i);
        }
        int seen = template.browse(queue, (session, browser) -> {
            int count = 0;
            for (Enumeration<?> left = browser.getEnumeration(); left.hasMoreElements(); ++count) {
                left.nextElement();
            }
            return count;
        });
        assertEquals(5, seen);
    }

    @Test
    public void containerTakesAllWithSeveralConsumersThatGrowAndShrink() throws Exception {
        ConnectionFactory factory = pooled();
        Queue queue = jms.queue();
        ConcurrentLinkedQueue<String> taken = new ConcurrentLinkedQueue<>();
        DefaultMessageListenerContainer container =
                listen(factory, queue, true, 1, message -> taken.add(text(message)));
        container.setConcurrentConsumers(2);
        container.setMaxConcurrentConsumers(6);
        jms.send(queue, JmsFixture.texts(COUNT));
        JmsFixture.await(() -> taken.size() == COUNT);
        assertEquals(all(), new TreeSet<>(taken));
    }

    @Test
    public void containerRollsBackWhatItsListenerRefuses() throws Exception {
        Queue queue = jms.queue();
        AtomicInteger refusals = new AtomicInteger();
        ConcurrentLinkedQueue<String> taken = new ConcurrentLinkedQueue<>();
        listen(pooled(), queue, true, 1, message -> {
            int number = Integer.parseInt(text(message));
            if (number % 10 == 0 && !redelivered(message)) {
                refusals.incrementAndGet();
                throw new IllegalStateException("refused on purpose");
            }
            taken.add(text(message));
        });
        jms.send(queue, JmsFixture.texts(50));
        JmsFixture.await(() -> taken.size() == 50);
        assertEquals(5, refusals.get());
        assertEquals(List.of(JmsFixture.texts(50)), new ArrayList<>(taken));
    }

    @Test
    public void transactionManagerJoinsTakingAndSending() throws Exception {
        CachingConnectionFactory factory = new CachingConnectionFactory(plain());
        factory.setCacheConsumers(false);  // one that is kept would go on prefetching
        endings.add(factory::destroy);
        Queue from = jms.queue(".from");
        Queue to = jms.queue(".to");
        JmsTemplate template = new JmsTemplate(factory);
        template.setSessionTransacted(true);
        AtomicInteger failures = new AtomicInteger();
        DefaultMessageListenerContainer container = container(factory, from, message -> {
            template.convertAndSend(to, text(message));
            if (!redelivered(message)) {
                failures.incrementAndGet();
                throw new IllegalStateException("after the sending, on purpose");
            }
        });
        container.setTransactionManager(new JmsTransactionManager(factory));
        start(container);
        jms.send(from, JmsFixture.texts(10));
        assertEquals(new TreeSet<>(List.of(JmsFixture.texts(10))), receive(template, to, 10));
        assertEquals(10, failures.get());
        jms.expectHolds(to);
    }

    @Test
    public void durableSubscriptionOfAContainerGetsWhatCameMeanwhile() throws Exception {
        Topic topic = jms.topic();
        ConcurrentLinkedQueue<String> taken = new ConcurrentLinkedQueue<>();
        SimpleMessageListenerContainer first = durable(topic, taken);
        jms.send(topic, "while it is there");
        JmsFixture.await(() -> taken.size() == 1);
        first.destroy();
        jms.send(topic, "while it is away");
        durable(topic, taken);
        JmsFixture.await(() -> taken.size() == 2);
        assertTrue(taken.contains("while it is away"));
    }

    @Test
    public void aPoolOfTenConnectionsServesFiftyThreads() throws Exception {
        PooledConnectionFactory pool = pooled();
        pool.setMaxConnections(10);
        pool.setMaximumActiveSessionPerConnection(4);
        Queue queue = jms.queue();
        Thread[] threads = new Thread[50];
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < threads.length; i++) {
            String[] own = List.of(JmsFixture.texts(COUNT))
                    .subList(i * COUNT / threads.length, (i + 1) * COUNT / threads.length)
                    .toArray(new String[0]);
            threads[i] = new Thread(() -> {
                try {
                    JmsTemplate template = new JmsTemplate(pool);
                    for (String text : own) {
                        template.convertAndSend(queue, text);
                    }
                } catch (Throwable failure) {
                    failures.add(failure);
                }
            });
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), new ArrayList<>(failures));
        assertEquals(10, pool.getNumConnections());
        assertEquals(all(), receive(new JmsTemplate(pool), queue, COUNT));
    }

    // -- what the stories are made of

    private static Set<String> all() {
        return new TreeSet<>(List.of(JmsFixture.texts(COUNT)));
    }

    private static ActiveMQConnectionFactory plain() {
        return JmsFixture.factory(TestBroker.url());
    }

    private PooledConnectionFactory pooled() {
        PooledConnectionFactory pool = new PooledConnectionFactory();
        pool.setConnectionFactory(plain());
        pool.start();
        endings.add(pool::stop);
        return pool;
    }

    private DefaultMessageListenerContainer listen(ConnectionFactory factory, Queue queue,
            boolean transacted, int consumers, MessageListener listener) {
        DefaultMessageListenerContainer container = container(factory, queue, listener);
        container.setSessionTransacted(transacted);
        container.setConcurrentConsumers(consumers);
        start(container);
        return container;
    }

    private static DefaultMessageListenerContainer container(
            ConnectionFactory factory, Queue queue, MessageListener listener) {
        DefaultMessageListenerContainer container = new DefaultMessageListenerContainer();
        container.setConnectionFactory(factory);
        container.setDestination(queue);
        container.setMessageListener(listener);
        container.setReceiveTimeout(500);
        container.setErrorHandler(thrown -> { });  // what a story throws, it throws on purpose
        return container;
    }

    private void start(DefaultMessageListenerContainer container) {
        container.afterPropertiesSet();
        container.start();
        endings.add(container::destroy);
    }

    private SimpleMessageListenerContainer durable(
            Topic topic, ConcurrentLinkedQueue<String> taken) {
        SimpleMessageListenerContainer container = new SimpleMessageListenerContainer();
        container.setConnectionFactory(plain());
        container.setDestination(topic);
        container.setPubSubDomain(true);
        container.setSubscriptionDurable(true);
        container.setClientId(topic.toString());
        container.setDurableSubscriptionName("spring");
        container.setMessageListener((MessageListener) message -> taken.add(text(message)));
        container.afterPropertiesSet();
        container.start();
        endings.add(container::destroy);
        return container;
    }

    private static Set<String> receive(JmsTemplate template, Queue queue, int count) {
        template.setReceiveTimeout(JmsFixture.WAIT_MS);
        Set<String> received = new TreeSet<>();
        for (int i = 0; i < count; i++) {
            received.add((String) template.receiveAndConvert(queue));
        }
        return received;
    }

    private static String text(Message message) {
        try {
            return ((TextMessage) message).getText();
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static boolean redelivered(Message message) {
        try {
            return message.getJMSRedelivered();
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }
}
