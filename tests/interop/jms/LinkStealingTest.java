package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.junit.Rule;
import org.junit.Test;

/** On a connector with `allowLinkStealing` a client id goes to whoever asks for it last. */
public class LinkStealingTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void theLaterConnectionTakesTheClientIdAndItsSubscription() throws Exception {
        ActiveMQConnection first = connectAs("thief");
        CountDownLatch lost = new CountDownLatch(1);
        first.setExceptionListener(failure -> lost.countDown());
        jms.sessionOn(first, Session.AUTO_ACKNOWLEDGE).createDurableSubscriber(jms.topic(), "s");
        ActiveMQConnection second = connectAs("thief");
        assertTrue(lost.await(JmsFixture.WAIT_MS, TimeUnit.MILLISECONDS));
        MessageConsumer subscriber = jms.sessionOn(second, Session.AUTO_ACKNOWLEDGE)
                .createDurableSubscriber(jms.topic(), "s");
        jms.send(jms.topic(), "a");
        assertEquals("a", JmsFixture.receiveText(subscriber));
    }

    private ActiveMQConnection connectAs(String clientId) throws Exception {
        ActiveMQConnection connection = jms.open();
        connection.setClientID(clientId);
        connection.start();
        return connection;
    }
}
