package interop.jms;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;
import javax.jms.DeliveryMode;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.junit.Rule;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;

/** Every message type arrives byte for byte as it was sent, persistent or not. */
@RunWith(Parameterized.class)
public class MessageTypesTest {
    @Parameters(name = "{0}, {1}")
    public static List<Object[]> messages() {
        List<Object[]> cases = new ArrayList<>();
        for (String name : Bodies.allWithBlobs().keySet()) {
            cases.add(new Object[] {name, "persistent"});
            cases.add(new Object[] {name, "non-persistent"});
        }
        return cases;
    }

    @Rule public final JmsFixture jms = new JmsFixture();

    @Parameter(0) public String name;

    @Parameter(1) public String mode;

    @Test
    public void arrivesUnchanged() throws Exception {
        int deliveryMode = mode.equals("persistent")
                ? DeliveryMode.PERSISTENT : DeliveryMode.NON_PERSISTENT;
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE, "jms.copyMessageOnSend=false");
        Message sent = Bodies.allWithBlobs().get(name).make(session);
        sent.setStringProperty("unicode", Bodies.UNICODE);
        MessageProducer producer = session.createProducer(jms.queue());
        producer.setDeliveryMode(deliveryMode);
        producer.send(sent);

        MessageConsumer consumer =
                jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(jms.queue());
        Message received = JmsFixture.receive(consumer);

        Same.bytes(sent, received);
        Same.values(sent, received);
        assertEquals(deliveryMode, received.getJMSDeliveryMode());
        assertEquals(sent.getJMSMessageID(), received.getJMSMessageID());
    }
}
