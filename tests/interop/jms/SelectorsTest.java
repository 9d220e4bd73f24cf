package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import javax.jms.BytesMessage;
import javax.jms.InvalidSelectorException;
import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.QueueBrowser;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.junit.Rule;
import org.junit.Test;

/** Consumers with a selector get what matches, and nobody waits for the others. */
public class SelectorsTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    @Test
    public void propertiesSelectFromAQueue() throws Exception {
        sendColours("red", "blue", "red", "green");
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageConsumer red = session.createConsumer(jms.queue(), "colour = 'red' AND n < 10");
        assertEquals(List.of("0 red", "2 red"), JmsFixture.receiveTexts(red, 2));
        jms.expectHolds(jms.queue(), "1 blue", "3 green");
    }

    @Test
    public void everyTypeOfPropertyCanBeSelectedBy() throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        Message message = session.createTextMessage("it");
        message.setBooleanProperty("z", true);
        message.setByteProperty("b", (byte) 1);
        message.setShortProperty("s", (short) 2);
        message.setIntProperty("i", 3);
        message.setLongProperty("l", 1L << 40);
        message.setFloatProperty("f", 0.5f);
        message.setDoubleProperty("d", 2.5);
        message.setStringProperty("t", "Ünïcödé 😀");
        message.setJMSType("type");
        message.setJMSCorrelationID("correlation");
        session.createProducer(jms.queue()).send(message);
        List<String> unmatched = new ArrayList<>();
        if (TestBroker.isOurs()) {
            // Classic's selectors do not know characters beyond the basic plane.
            assertEquals(List.of("it"), browse(session, "t = 'Ünïcödé 😀'"));
        }
        for (String selector : List.of(
                "z = TRUE", "z", "NOT z = FALSE", "b = 1", "s = 2", "i = 3",
                "l = 1099511627776", "l > 1099511627775", "f = 0.5", "d BETWEEN 2 AND 3",
                "i + s * 2 = 7", "t LIKE 'Ünïcödé _%'", "t LIKE 'Ü%'", "t LIKE '_n%'",
                "x IS NULL", "t IS NOT NULL", "JMSType = 'type'",
                "JMSCorrelationID IN ('a', 'correlation')", "JMSDeliveryMode = 'PERSISTENT'",
                "JMSPriority = 4", "JMSTimestamp > 0",
                "JMSMessageID = '" + message.getJMSMessageID() + "'",
                "JMSDestination = 'queue://" + jms.queue().getQueueName() + "'")) {
            if (browse(session, selector).isEmpty()) {
                unmatched.add(selector);
            }
        }
        assertEquals(List.of(), unmatched);
    }

    @Test
    public void whatTheBrokerAddsCanBeSelectedBy() throws Exception {
        long before = System.currentTimeMillis();
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        Message message = session.createTextMessage("it");
        message.setStringProperty("JMSXGroupID", "g");
        message.setIntProperty("JMSXGroupSeq", 3);
        session.createProducer(jms.queue()).send(message);
        for (String selector : List.of("JMSActiveMQBrokerInTime >= " + before,
                "JMSXGroupID = 'g' AND JMSXGroupSeq = 3", "JMSXUserID IS NULL")) {
            assertEquals(selector, List.of("it"), browse(session, selector));
            assertEquals(selector, List.of(), browse(session, "NOT (" + selector + ")"));
        }
    }

    @Test
    public void theProducersTransactionCanBeSelectedBy() throws Exception {
        Session session = jms.session(Session.SESSION_TRANSACTED);
        JmsFixture.send(session, jms.queue(), "of one");
        session.commit();
        jms.send(jms.queue(), "of none");
        Session browsing = jms.session(Session.AUTO_ACKNOWLEDGE);
        assertEquals(List.of("of none"), browse(browsing, "JMSXProducerTXID IS NULL"));
        assertEquals(List.of("of one"), browse(browsing, "JMSXProducerTXID LIKE 'TX:ID:%'"));
    }

    @Test
    public void xmlBodiesSelect() throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE, "jms.useCompression=true");
        MessageProducer producer = session.createProducer(jms.queue());
        for (String one : List.of("<order><item code='7'/></order>", "no XML <item code='7'/>",
                "<order><item code='8'/></order>")) {
            producer.send(session.createTextMessage(one));
        }
        if (TestBroker.isOurs()) {
            // Classic cannot read the bytes of a message that it has just got.
            BytesMessage bytes = session.createBytesMessage();
            String text = "<?xml version='1.0' encoding='UTF-16'?>"
                    + "<order><item code='7'/></order>";
            bytes.writeBytes(text.getBytes(StandardCharsets.UTF_16));
            producer.send(bytes);
        }
        producer.send(session.createMapMessage());
        MessageConsumer sevens =
                session.createConsumer(jms.queue(), "XPATH '//order/item[@code=''7'']'");
        assertEquals("<order><item code='7'/></order>", JmsFixture.receiveText(sevens));
        if (TestBroker.isOurs()) {
            assertTrue(JmsFixture.receive(sevens) instanceof BytesMessage);
        }
        sevens.close();
        MessageConsumer others =
                session.createConsumer(jms.queue(), "NOT XPATH '//item' AND JMSPriority = 4");
        assertEquals("no XML <item code='7'/>", JmsFixture.receiveText(others));
        assertTrue(JmsFixture.receive(others) instanceof MapMessage);
        others.close();
        jms.expectHolds(jms.queue(), "<order><item code='8'/></order>");
    }

    @Test
    public void topicSubscribersGetOnlyWhatMatches() throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageConsumer blue = session.createConsumer(jms.topic(), "colour = 'blue'");
        MessageProducer producer = session.createProducer(jms.topic());
        for (String colour : List.of("red", "blue", "red", "blue")) {
            producer.send(coloured(session, 0, colour));
        }
        assertEquals(List.of("0 blue", "0 blue"), JmsFixture.receiveTexts(blue, 2));
        producer.send(coloured(session, 1, "blue"));
        assertEquals("1 blue", JmsFixture.receiveText(blue));
    }

    @Test
    public void aMatchBehindManyOthersIsFound() throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE, "jms.useAsyncSend=true");
        MessageProducer producer = session.createProducer(jms.queue());
        for (int i = 0; i < (TestBroker.isOurs() ? 2000 : 100); i++) {
            producer.send(coloured(session, i, "grey"));
        }
        producer.send(coloured(session, 0, "pink"));
        MessageConsumer pink = session.createConsumer(jms.queue(), "colour = 'pink'");
        assertEquals("0 pink", JmsFixture.receiveText(pink));
    }

    @Test
    public void whatDoesNotMatchHoldsUpNobody() throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageConsumer none = session.createConsumer(jms.queue(), "colour = 'none'");
        MessageConsumer all = session.createConsumer(jms.queue());
        sendColours("a", "b", "c");
        assertEquals(List.of("0 a", "1 b", "2 c"), JmsFixture.receiveTexts(all, 3));
        MessageProducer producer = session.createProducer(jms.queue());
        all.close();
        producer.send(coloured(session, 3, "none"));
        assertEquals("3 none", JmsFixture.receiveText(none));
    }

    @Test
    public void redeliveriesCanBeSelected() throws Exception {
        sendColours("a");
        Session first = jms.session(Session.CLIENT_ACKNOWLEDGE);
        JmsFixture.receive(first.createConsumer(jms.queue()));
        first.close();
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageConsumer again = session.createConsumer(jms.queue(), "JMSXDeliveryCount = 2");
        assertTrue(JmsFixture.receive(again).getJMSRedelivered());
    }

    @Test
    public void browsersSelect() throws Exception {
        sendColours("red", "blue", "red");
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        assertEquals(List.of("0 red", "2 red"), browse(session, "colour = 'red'"));
    }

    @Test
    public void wrongSelectorsAreRefused() throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        for (String selector : List.of("a =", "a = 'b", "1", "a LIKE 5", "= 3")) {
            assertThrows(selector, InvalidSelectorException.class,
                    () -> session.createConsumer(jms.queue(), selector));
        }
        sendColours("a");
        assertEquals("0 a", JmsFixture.receiveText(session.createConsumer(jms.queue())));
    }

    private List<String> browse(Session session, String selector) throws Exception {
        QueueBrowser browser = session.createBrowser(jms.queue(), selector);
        List<String> seen = new ArrayList<>();
        for (Enumeration<?> all = browser.getEnumeration(); all.hasMoreElements();) {
            seen.add(((TextMessage) all.nextElement()).getText());
        }
        browser.close();
        return seen;
    }

    private void sendColours(String... colours) throws Exception {
        Session session = jms.session(Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(jms.queue());
        for (int i = 0; i < colours.length; i++) {
            producer.send(coloured(session, i, colours[i]));
        }
    }

    private static Message coloured(Session session, int n, String colour) throws Exception {
        Message message = session.createTextMessage(n + " " + colour);
        message.setIntProperty("n", n);
        message.setStringProperty("colour", colour);
        return message;
    }
}
