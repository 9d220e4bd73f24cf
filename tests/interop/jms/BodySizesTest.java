package interop.jms;

import static org.junit.Assert.assertArrayEquals;

import java.util.Random;
import javax.jms.BytesMessage;
import javax.jms.DeliveryMode;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.junit.Rule;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;

/** Bodies from one byte to 50 MB arrive unchanged, also around sizes where buffers end. */
@RunWith(Parameterized.class)
public class BodySizesTest {
    @Parameters(name = "{0} bytes")
    public static Integer[] sizes() {
        return new Integer[] {1, 1000, 4095, 4096, 65_535, 65_536, 1 << 20, (1 << 20) + 1,
            5_000_000, 50_000_000};
    }

    @Rule public final JmsFixture jms = new JmsFixture();

    @Parameter public int size;

    @Test
    public void persistent() throws Exception {
        expectArrives(DeliveryMode.PERSISTENT);
    }

    @Test
    public void nonPersistent() throws Exception {
        expectArrives(DeliveryMode.NON_PERSISTENT);
    }

    @Test
    public void transacted() throws Exception {
        Session session = jms.session(Session.SESSION_TRANSACTED);
        byte[] body = send(session, DeliveryMode.PERSISTENT);
        session.commit();
        MessageConsumer consumer = session.createConsumer(jms.queue());
        assertArrayEquals(body, receive(consumer));
        session.commit();
    }

    private void expectArrives(int deliveryMode) throws Exception {
        MessageConsumer consumer =
                jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(jms.queue());
        byte[] body = send(jms.session(Session.AUTO_ACKNOWLEDGE), deliveryMode);
        assertArrayEquals(body, receive(consumer));
    }

    private byte[] send(Session session, int deliveryMode) throws Exception {
        byte[] body = new byte[size];
        new Random(size).nextBytes(body);
        BytesMessage message = session.createBytesMessage();
        message.writeBytes(body);
        MessageProducer producer = session.createProducer(jms.queue());
        producer.setDeliveryMode(deliveryMode);
        producer.send(message);
        return body;
    }

    private static byte[] receive(MessageConsumer consumer) throws Exception {
        BytesMessage message = (BytesMessage) JmsFixture.receive(consumer);
        byte[] body = new byte[(int) message.getBodyLength()];
        message.readBytes(body);
        return body;
    }
}
