package interop.jms;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import javax.jms.DeliveryMode;
import javax.jms.Destination;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;

/** JMS headers arrive as they were set by the application or by the producer. */
public class HeadersTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    private Session session;
    private MessageProducer producer;
    private MessageConsumer consumer;
    private Message sent;

    @Before
    public void prepare() throws Exception {
        session = jms.session(Session.AUTO_ACKNOWLEDGE);
        producer = session.createProducer(jms.queue());
        consumer = jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(jms.queue());
        sent = session.createTextMessage("x");
    }

    @Test
    public void untouchedMessageHasTheDefaults() throws Exception {
        Message received = pass();
        assertNull(received.getJMSCorrelationID());
        assertNull(received.getJMSType());
        assertNull(received.getJMSReplyTo());
        assertEquals(jms.queue(), received.getJMSDestination());
        assertEquals(DeliveryMode.PERSISTENT, received.getJMSDeliveryMode());
        assertEquals(Message.DEFAULT_PRIORITY, received.getJMSPriority());
        assertEquals(0, received.getJMSExpiration());
        assertFalse(received.getJMSRedelivered());
        assertEquals(1, received.getIntProperty("JMSXDeliveryCount"));
        assertNull(received.getStringProperty("JMSXGroupID"));
    }

    @Test
    public void messageIdIsTheProducersOwn() throws Exception {
        Message received = pass();
        assertTrue(received.getJMSMessageID().startsWith("ID:"));
        assertEquals(sent.getJMSMessageID(), received.getJMSMessageID());
    }

    @Test
    public void correlationAndType() throws Exception {
        sent.setJMSCorrelationID("correlation " + Bodies.UNICODE);
        sent.setJMSType("type " + Bodies.UNICODE);
        Message received = pass();
        assertEquals(sent.getJMSCorrelationID(), received.getJMSCorrelationID());
        assertEquals(sent.getJMSType(), received.getJMSType());
    }

    @Test
    public void correlationAsBytes() throws Exception {
        byte[] id = {65, 0, 66, 127};
        sent.setJMSCorrelationIDAsBytes(id);
        assertArrayEquals(id, pass().getJMSCorrelationIDAsBytes());
    }

    @Test
    public void replyToQueue() throws Exception {
        expectReplyTo(jms.queue(".replies"));
    }

    @Test
    public void replyToTopic() throws Exception {
        expectReplyTo(jms.topic(".replies"));
    }

    @Test
    public void replyToTemporaryDestinations() throws Exception {
        expectReplyTo(session.createTemporaryQueue());
        expectReplyTo(session.createTemporaryTopic());
    }

    @Test
    public void everyPriority() throws Exception {
        for (int priority = 0; priority <= 9; priority++) {
            producer.setPriority(priority);
            assertEquals(priority, pass().getJMSPriority());
        }
    }

    @Test
    public void timestampAndExpiration() throws Exception {
        producer.setTimeToLive(600_000);
        Message received = pass();
        assertEquals(sent.getJMSTimestamp(), received.getJMSTimestamp());
        assertEquals(sent.getJMSTimestamp() + 600_000, received.getJMSExpiration());
    }

    @Test
    public void timestampSwitchedOff() throws Exception {
        producer.setDisableMessageTimestamp(true);
        assertEquals(0, pass().getJMSTimestamp());
    }

    @Test
    public void groupIdAndSequence() throws Exception {
        sent.setStringProperty("JMSXGroupID", "group " + Bodies.UNICODE);
        sent.setIntProperty("JMSXGroupSeq", 7);
        Message received = pass();
        assertEquals("group " + Bodies.UNICODE, received.getStringProperty("JMSXGroupID"));
        assertEquals(7, received.getIntProperty("JMSXGroupSeq"));
    }

    private void expectReplyTo(Destination replyTo) throws Exception {
        sent.setJMSReplyTo(replyTo);
        assertEquals(replyTo, pass().getJMSReplyTo());
    }

    private Message pass() throws Exception {
        producer.send(sent);
        return JmsFixture.receive(consumer);
    }
}
