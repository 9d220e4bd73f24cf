package interop.jms;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.junit.Rule;
import org.junit.Test;

/** A topic's messages go to every subscriber that is there when they are sent. */
public class TopicFanOutTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void everySubscriberGetsEveryMessageInOrder() throws Exception {
        List<MessageConsumer> subscribers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            subscribers.add(subscribe());
        }
        String[] texts = JmsFixture.texts(200);
        jms.send(jms.topic(), texts);
        for (MessageConsumer subscriber : subscribers) {
            assertEquals(List.of(texts), JmsFixture.receiveTexts(subscriber, texts.length));
        }
    }

    @Test
    public void lateSubscriberGetsOnlyWhatComesLater() throws Exception {
        MessageConsumer early = subscribe();
        jms.send(jms.topic(), "before");
        MessageConsumer late = subscribe();
        jms.send(jms.topic(), "after");
        assertEquals("after", JmsFixture.receiveText(late));
        assertEquals(List.of("before", "after"), JmsFixture.receiveTexts(early, 2));
    }

    @Test
    public void withoutSubscribersMessagesAreDropped() throws Exception {
        jms.send(jms.topic(), "nobody");
        jms.expectNothingMore(jms.topic(), subscribe());
    }

    @Test
    public void unsubscribedConsumerDoesNotDisturbTheOthers() throws Exception {
        MessageConsumer leaving = subscribe();
        MessageConsumer staying = subscribe();
        jms.send(jms.topic(), "a");
        leaving.close();
        jms.send(jms.topic(), "b");
        assertEquals(List.of("a", "b"), JmsFixture.receiveTexts(staying, 2));
    }

    @Test
    public void queueOfTheSameNameIsAnother() throws Exception {
        MessageConsumer subscriber = subscribe();
        jms.send(jms.queue(), "queue");
        jms.send(jms.topic(), "topic");
        assertEquals("topic", JmsFixture.receiveText(subscriber));
        jms.expectHolds(jms.queue(), "queue");
    }

    @Test
    public void noLocalSkipsOwnMessages() throws Exception {
        ActiveMQConnection connection = jms.connect();
        Session session = jms.sessionOn(connection, Session.AUTO_ACKNOWLEDGE);
        MessageConsumer others = session.createConsumer(jms.topic(), null, true);
        JmsFixture.send(session, jms.topic(), "own");
        jms.expectNothingMore(jms.topic(), others);
    }

    @Test
    public void moreMessagesThanThePrefetch() throws Exception {
        MessageConsumer subscriber = jms.session(
                Session.AUTO_ACKNOWLEDGE, "jms.prefetchPolicy.topicPrefetch=5")
                .createConsumer(jms.topic());
        String[] texts = JmsFixture.texts(50);
        jms.send(jms.topic(), texts);
        assertEquals(List.of(texts), JmsFixture.receiveTexts(subscriber, texts.length));
    }

    private MessageConsumer subscribe() throws Exception {
        return jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(jms.topic());
    }
}
