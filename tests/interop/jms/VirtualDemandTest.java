package interop.jms;

import static org.junit.Assert.assertEquals;

import java.util.Set;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQMessageConsumer;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;
import org.apache.activemq.command.ConsumerInfo;
import org.apache.activemq.command.RemoveInfo;
import org.junit.Rule;
import org.junit.Test;

/**
 * Other brokers are told of what is wanted here by way of virtual destinations, of which they know
 * nothing; one of ActiveMQ's sends it on.
 */
public class VirtualDemandTest {
    private static final String ADVISORIES = "ActiveMQ.Advisory.VirtualDestination.Consumer.";
    private static final int LOOK_MS = 200;

    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void consumersAndQueuesAreToldOf() throws Exception {
        told(new ActiveMQTopic("Local.told"), new ActiveMQQueue("Q.a.Local.told"));
        told(new ActiveMQQueue("In.orders"), new ActiveMQQueue("Out.orders"));
    }

    /** Of what is sent to `source` some reaches those who consume from `target`. */
    private void told(ActiveMQDestination source, ActiveMQDestination target) throws Exception {
        ActiveMQTopic topic = new ActiveMQTopic(ADVISORIES + source.getDestinationTypeAsString()
                + "." + source.getPhysicalName());
        MessageConsumer watcher = consumer(topic);
        ActiveMQMessageConsumer consumer = (ActiveMQMessageConsumer) consumer(target);
        ConsumerInfo ofQueue = info(JmsFixture.receive(watcher));
        assertEquals(source, ofQueue.getDestination());
        Message second = JmsFixture.receive(watcher);
        assertEquals(source, info(second).getDestination());
        assertEquals(consumer.getConsumerId(), info(second).getConsumerId());
        assertEquals(2, second.getIntProperty("consumerCount"));
        // Who comes later hears of both.
        MessageConsumer late = consumer(topic);
        assertEquals(Set.of(ofQueue.getConsumerId(), consumer.getConsumerId()),
                Set.of(info(JmsFixture.receive(late)).getConsumerId(),
                        info(JmsFixture.receive(late)).getConsumerId()));
        consumer.close();
        assertEquals(consumer.getConsumerId(), gone(JmsFixture.receive(watcher)));
        ActiveMQConnection connection = jms.connect();
        connection.destroyDestination(target);
        assertEquals(ofQueue.getConsumerId(), gone(JmsFixture.receive(watcher)));
    }

    @Test
    public void anotherBrokerSendsOnWhatIsWanted() throws Exception {
        BrokerService other = new BrokerService();
        other.setBrokerName("other");
        other.setPersistent(false);
        other.setUseJmx(false);
        other.setUseVirtualDestSubs(true);
        other.addConnector("tcp://127.0.0.1:0");
        other.addNetworkConnector("static:(" + TestBroker.url() + ")").setUseVirtualDestSubs(true);
        other.start();
        try {
            other.waitUntilStarted();
            String url = other.getTransportConnectors().get(0).getPublishableConnectString();
            Connection there = JmsFixture.factory(url).createConnection();
            there.start();
            Session session = there.createSession(false, Session.AUTO_ACKNOWLEDGE);
            comesFrom(session, new ActiveMQTopic("Local.news"),
                    new ActiveMQQueue("Q.a.Local.news"));
            comesFrom(session, new ActiveMQQueue("In.orders"), new ActiveMQQueue("Out.orders"));
            there.close();
        } finally {
            other.stop();
            other.waitUntilStopped();
        }
    }

    /** It is sent on from when the other broker has heard of who wants it. */
    private void comesFrom(Session there, ActiveMQDestination source, ActiveMQDestination target)
            throws Exception {
        MessageConsumer consumer = consumer(target);
        MessageProducer producer = there.createProducer(source);
        JmsFixture.await(() -> {
            try {
                producer.send(there.createTextMessage("wanted"));
                TextMessage came = (TextMessage) consumer.receive(LOOK_MS);
                return came != null && came.getText().equals("wanted");
            } catch (JMSException broken) {
                throw new AssertionError(broken);
            }
        });
        consumer.close();
    }

    private static ConsumerInfo info(Message advisory) {
        return (ConsumerInfo) ((ActiveMQMessage) advisory).getDataStructure();
    }

    private static Object gone(Message advisory) {
        return ((RemoveInfo) ((ActiveMQMessage) advisory).getDataStructure()).getObjectId();
    }

    private MessageConsumer consumer(ActiveMQDestination from) throws JMSException {
        return jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(from);
    }
}
