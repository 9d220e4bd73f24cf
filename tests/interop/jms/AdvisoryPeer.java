package interop.jms;

import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ConnectionInfo;
import org.apache.activemq.command.ConsumerInfo;
import org.apache.activemq.command.DataStructure;
import org.apache.activemq.command.ProducerInfo;
import org.apache.activemq.command.RemoveInfo;

/** Writes a line for each advisory about connections, consumers and producers: what it says. */
public final class AdvisoryPeer {
    private AdvisoryPeer() {}

    public static void main(String[] arguments) throws Exception {
        Connection connection = new ActiveMQConnectionFactory(arguments[0]).createConnection();
        connection.start();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(session.createTopic(
                "ActiveMQ.Advisory.Connection,ActiveMQ.Advisory.Consumer.>,"
                        + "ActiveMQ.Advisory.Producer.>"));
        System.out.println("watching");
        while (true) {
            System.out.println(text((ActiveMQMessage) consumer.receive()));
        }
    }

    private static String text(ActiveMQMessage advisory) throws JMSException {
        String topic = advisory.getDestination().getPhysicalName()
                .substring("ActiveMQ.Advisory.".length());
        DataStructure about = advisory.getDataStructure();
        if (about instanceof ConnectionInfo) {
            ConnectionInfo info = (ConnectionInfo) about;
            return topic + " + " + info.getClientId() + " " + info.getUserName();
        }
        if (about instanceof ConsumerInfo) {
            ConsumerInfo info = (ConsumerInfo) about;
            return topic + " + " + info.getDestination() + " "
                    + advisory.getIntProperty("consumerCount") + " " + info.getSelector() + " "
                    + info.getSubscriptionName();
        }
        if (about instanceof ProducerInfo) {
            return topic + " + " + ((ProducerInfo) about).getDestination() + " "
                    + advisory.getIntProperty("producerCount");
        }
        return topic + " - " + ((RemoveInfo) about).getObjectId().getClass().getSimpleName();
    }
}
