package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import org.junit.Rule;
import org.junit.Test;

/** Numbers by messages: the statistics plugin. */
public class StatisticsTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void ofAQueue() throws Exception {
        jms.send(jms.queue(), "a", "b", "c", "d");
        Session session = jms.session(Session.CLIENT_ACKNOWLEDGE,
                "jms.prefetchPolicy.queuePrefetch=2");
        MessageConsumer consumer = session.createConsumer(jms.queue());
        JmsFixture.receive(consumer).acknowledge();
        JmsFixture.receive(consumer);
        session.createProducer(jms.queue());
        MapMessage numbers = ask(jms.queue().getQueueName());
        assertEquals("Advisory", numbers.getJMSType());
        assertEquals(jms.queue().toString(), numbers.getString("destinationName"));
        assertEquals(3, numbers.getLong("size"));
        assertEquals(4, numbers.getLong("enqueueCount"));
        assertEquals(1, numbers.getLong("dequeueCount"));
        assertEquals(1, numbers.getLong("consumerCount"));
        assertEquals(1, numbers.getLong("producerCount"));
        assertEquals(0, numbers.getLong("expiredCount"));
        assertTrue(numbers.getLong("dispatchCount") >= 2);
        assertTrue(numbers.getLong("inflightCount") >= 1);
        assertFalse(numbers.getString("brokerName").isEmpty());
        assertFalse(numbers.getString("brokerId").isEmpty());
    }

    @Test
    public void ofAllThatMatch() throws Exception {
        jms.send(jms.queue(".1"), "a");
        jms.send(jms.queue(".2"), "a", "b");
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        Queue answers = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(answers);
        request(session, "ActiveMQ.Statistics.Destination" + jms.queue().getQueueName() + ".*",
                answers);
        long sum = 0;
        for (int i = 0; i < 2; i++) {
            sum += ((MapMessage) JmsFixture.receive(consumer)).getLong("enqueueCount");
        }
        assertEquals(3, sum);
        jms.expectNothingMore(answers, consumer);
    }

    @Test
    public void theListMayEndWithAnEmptyAnswer() throws Exception {
        jms.send(jms.queue(".1"), "a");
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        Queue answers = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(answers);
        request(session, "ActiveMQ.Statistics.Destination." + jms.queue().getQueueName() + ".*"
                + "ActiveMQ.Statistics.Destination.List.End.With.Null", answers);
        assertEquals(1, ((MapMessage) JmsFixture.receive(consumer)).getLong("size"));
        assertFalse(((MapMessage) JmsFixture.receive(consumer)).getMapNames().hasMoreElements());
    }

    @Test
    public void ofTheBroker() throws Exception {
        jms.send(jms.queue(), "a");
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        Queue answers = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(answers);
        request(session, "ActiveMQ.Statistics.Broker", answers);
        MapMessage numbers = (MapMessage) JmsFixture.receive(consumer);
        assertTrue(numbers.getLong("enqueueCount") >= 1);
        assertTrue(numbers.getLong("size") >= 1);
        assertEquals("asked", numbers.getJMSCorrelationID());
    }

    private MapMessage ask(String queue) throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        Queue answers = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(answers);
        request(session, "ActiveMQ.Statistics.Destination" + queue, answers);
        return (MapMessage) JmsFixture.receive(consumer);
    }

    private static void request(Session session, String of, Queue answers) throws Exception {
        MessageProducer producer = session.createProducer(session.createQueue(of));
        Message question = session.createMessage();
        question.setJMSReplyTo(answers);
        question.setJMSCorrelationID("asked");
        producer.send(question);
    }
}
