package interop.jms;

import static org.junit.Assert.assertEquals;

import javax.jms.Connection;
import javax.jms.DeliveryMode;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.junit.Rule;
import org.junit.Test;

/**
 * Clients gather what they write. Messages that nobody confirms, each sent when the one before has
 * come: none of them waits in the client's socket for the broker to acknowledge the last one, which
 * may take 40 ms each time.
 */
public class OneByOneTest {
    private static final int MESSAGES = 1000;

    @Rule public final JmsFixture jms = new JmsFixture();

    @Test(timeout = 20_000)
    public void nothingWaitsInTwoSockets() throws Exception {
        sendOneByOne(jms.connect(), jms.connect());
    }

    /** Here acks of messages and messages wait for each other, if anything does. */
    @Test(timeout = 20_000)
    public void nothingWaitsInOneSocket() throws Exception {
        Connection both = jms.connect();
        sendOneByOne(both, both);
    }

    private void sendOneByOne(Connection from, Connection to) throws Exception {
        MessageConsumer consumer =
                to.createSession(false, Session.AUTO_ACKNOWLEDGE).createConsumer(jms.queue());
        Session sending = from.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = sending.createProducer(jms.queue());
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        for (int i = 0; i < MESSAGES; i++) {
            producer.send(sending.createTextMessage("" + i));
            assertEquals("" + i, ((TextMessage) JmsFixture.receive(consumer)).getText());
        }
    }
}
