package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import javax.jms.BytesMessage;
import javax.jms.Destination;
import javax.jms.JMSException;
import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.Rule;
import org.junit.Test;

/** Numbers by messages: the statistics plugin. */
public class StatisticsTest {
    private static final String DESTINATION = "ActiveMQ.Statistics.Destination";
    private static final Queue BROKER = new ActiveMQQueue("ActiveMQ.Statistics.Broker");

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
        request(session,
                session.createQueue(DESTINATION + jms.queue().getQueueName() + ".*"), answers);
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
        request(session, session.createQueue(DESTINATION + "." + jms.queue().getQueueName() + ".*"
                + DESTINATION + ".List.End.With.Null"), answers);
        assertEquals(1, ((MapMessage) JmsFixture.receive(consumer)).getLong("size"));
        assertFalse(((MapMessage) JmsFixture.receive(consumer)).getMapNames().hasMoreElements());
    }

    @Test
    public void ofTheBroker() throws Exception {
        jms.send(jms.queue(), "a");
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        Queue answers = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(answers);
        request(session, BROKER, answers);
        MapMessage numbers = (MapMessage) JmsFixture.receive(consumer);
        assertTrue(numbers.getLong("enqueueCount") >= 1);
        assertTrue(numbers.getLong("size") >= 1);
        assertEquals("asked", numbers.getJMSCorrelationID());
    }

    @Test
    public void ofMemoryAndTime() throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        BytesMessage message = session.createBytesMessage();
        message.writeBytes(new byte[5000]);
        session.createProducer(jms.queue()).send(message);
        MapMessage numbers = ask(jms.queue().getQueueName());
        assertTrue(numbers.getLong("averageMessageSize") >= 5000);
        assertTrue(numbers.getLong("memoryLimit") > 0);
        assertTrue(numbers.getObject("memoryUsage") instanceof Long);
        assertTrue(numbers.getInt("memoryPercentUsage") >= 0);
        assertTrue(numbers.getLong("messagesCached") >= 0);
        for (String time : new String[] {"averageEnqueueTime", "minEnqueueTime",
                                         "maxEnqueueTime"}) {
            assertTrue(time, numbers.getDouble(time) >= 0);
        }
    }

    @Test
    public void ofTheFirstMessageThatWaits() throws Exception {
        long before = System.currentTimeMillis();
        jms.send(jms.queue(), "a", "b");
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        Queue of = session.createQueue(DESTINATION + jms.queue().getQueueName());
        Message question = session.createMessage();
        question.setBooleanProperty(DESTINATION + ".Include.First.Message.Timestamp", true);
        long came = answerTo(session, of, question).getLong("firstMessageTimestamp");
        assertTrue(came >= before && came <= System.currentTimeMillis());
        JmsFixture.receiveTexts(session.createConsumer(jms.queue()), 2);
        assertFalse(answerTo(session, of, question).itemExists("firstMessageTimestamp"));
        assertFalse("nobody asked", answerTo(session, of).itemExists("firstMessageTimestamp"));
    }

    /** Those of topics are asked for by a topic. */
    @Test
    public void ofATopic() throws Exception {
        Session session = jms.session(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(jms.topic());
        MessageProducer producer = session.createProducer(jms.topic());
        producer.send(session.createTextMessage("a"));
        JmsFixture.receive(consumer).acknowledge();
        producer.send(session.createTextMessage("b"));
        JmsFixture.receive(consumer);
        MapMessage numbers = answerTo(session,
                session.createTopic(DESTINATION + jms.topic().getTopicName()));
        assertEquals(jms.topic().toString(), numbers.getString("destinationName"));
        assertEquals(2, numbers.getLong("enqueueCount"));
        assertEquals(1, numbers.getLong("consumerCount"));
        assertEquals(1, numbers.getLong("producerCount"));
        assertTrue(numbers.getLong("dequeueCount") >= 1);
    }

    @Test
    public void ofSubscriptions() throws Exception {
        ActiveMQConnection connection = jms.open();
        connection.setClientID(jms.queue().toString());
        connection.start();
        Session session = jms.sessionOn(connection, Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(
                session.createQueue(jms.queue().getQueueName()
                        + "?consumer.prefetchSize=7&consumer.exclusive=true"), "number > 1");
        Session asking = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = asking.createProducer(jms.queue());
        for (int number : new int[] {1, 2, 3}) {
            Message message = asking.createMessage();
            message.setIntProperty("number", number);
            producer.send(message);
        }
        JmsFixture.receive(consumer).acknowledge();
        JmsFixture.receive(consumer);
        session.createTemporaryQueue();  // is answered, and so was the acknowledgement heard
        MapMessage found;
        Queue answers = asking.createTemporaryQueue();
        MessageConsumer answered = asking.createConsumer(answers);
        request(asking, asking.createQueue("ActiveMQ.Statistics.Subscription"), answers);
        do {
            found = (MapMessage) JmsFixture.receive(answered);
        } while (!jms.queue().getQueueName().equals(found.getString("destinationName")));
        assertEquals(jms.queue().toString(), found.getString("clientId"));
        assertEquals(connection.getConnectionInfo().getConnectionId().getValue(),
                found.getString("connectionId").replaceFirst(".*_ID", "ID"));
        assertEquals("number > 1", found.getString("selector"));
        assertEquals(2, found.getLong("dispatchedCounter"));
        assertEquals(1, found.getLong("dequeueCounter"));
        assertEquals(1, found.getLong("dispatchedQueueSize"));
        assertEquals(7, found.getInt("prefetchSize"));
        assertTrue(found.getLong("sessionId") >= 1);
        assertTrue(found.getBoolean("exclusive"));
        assertFalse(found.getBoolean("retroactive"));
        assertFalse(found.getBoolean("slowConsumer"));
        found.getInt("maximumPendingMessageLimit");
        found.getLong("enqueueCounter");
    }

    @Test
    public void ofTheBrokersLimits() throws Exception {
        MapMessage numbers = answerTo(jms.session(Session.AUTO_ACKNOWLEDGE), BROKER);
        for (String limit : new String[] {"memory", "store", "temp"}) {
            assertTrue(limit, numbers.getLong(limit + "Limit") > 0);
            assertTrue(limit, numbers.getLong(limit + "Usage") >= 0);
            assertTrue(limit, numbers.getInt(limit + "PercentUsage") <= 100);
        }
        assertTrue(numbers.getLong("consumerCount") >= 1);
        assertTrue(numbers.getDouble("averageEnqueueTime") >= 0);
        assertTrue(numbers.getString("vm").startsWith("vm://"));
        assertFalse(numbers.getString("dataDirectory").isEmpty());
    }

    /** Before the answer. Nothing else may be sent meanwhile, so few counts are left. */
    @Test
    public void countsOfTheBrokerBeginAnew() throws Exception {
        jms.send(jms.queue(), JmsFixture.texts(200));
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        assertTrue(answerTo(session, BROKER).getLong("enqueueCount") >= 200);
        Message question = session.createMessage();
        question.setBooleanProperty("ActiveMQ.Statistics.Broker.Reset", true);
        MapMessage numbers = answerTo(session, BROKER, question);
        assertTrue(numbers.getLong("enqueueCount") < 200);
        assertTrue(answerTo(session, BROKER).getLong("enqueueCount") < 200);
        assertTrue("what is there stays", numbers.getLong("size") >= 200);
    }

    private static MapMessage answerTo(Session session, Destination of) throws JMSException {
        return answerTo(session, of, session.createMessage());
    }

    private static MapMessage answerTo(Session session, Destination of, Message question)
            throws JMSException {
        Queue answers = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(answers);
        question.setJMSReplyTo(answers);
        session.createProducer(of).send(question);
        MapMessage answer = (MapMessage) JmsFixture.receive(consumer);
        consumer.close();
        return answer;
    }

    private MapMessage ask(String queue) throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        Queue answers = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(answers);
        request(session, session.createQueue(DESTINATION + queue), answers);
        return (MapMessage) JmsFixture.receive(consumer);
    }

    private static void request(Session session, Queue of, Queue answers) throws Exception {
        MessageProducer producer = session.createProducer(of);
        Message question = session.createMessage();
        question.setJMSReplyTo(answers);
        question.setJMSCorrelationID("asked");
        producer.send(question);
    }
}
