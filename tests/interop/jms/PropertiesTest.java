package interop.jms;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;

/** Application properties of every type arrive with their values and their types. */
public class PropertiesTest {
    @Rule public final JmsFixture jms = new JmsFixture();

    private Session session;
    private Message sent;

    @Before
    public void createMessage() throws Exception {
        session = jms.session(Session.AUTO_ACKNOWLEDGE, "jms.copyMessageOnSend=false");
        sent = session.createMessage();
    }

    @Test
    public void everyTypeAtItsExtremes() throws Exception {
        sent.setBooleanProperty("true", true);
        sent.setBooleanProperty("false", false);
        sent.setByteProperty("byte", Byte.MIN_VALUE);
        sent.setShortProperty("short", Short.MIN_VALUE);
        sent.setIntProperty("int", Integer.MIN_VALUE);
        sent.setLongProperty("long", Long.MIN_VALUE);
        sent.setFloatProperty("float", Float.NaN);
        sent.setDoubleProperty("double", Double.MIN_VALUE);
        sent.setStringProperty("string", "s");
        expectArrivesUnchanged();
    }

    @Test
    public void texts() throws Exception {
        sent.setStringProperty("empty", "");
        sent.setStringProperty("null", null);
        sent.setStringProperty("unicode", Bodies.UNICODE);
        sent.setStringProperty("name " + Bodies.UNICODE, "x");
        sent.setStringProperty("long", Bodies.LONG_TEXT);
        Message received = expectArrivesUnchanged();
        assertTrue(received.propertyExists("null"));
        assertNull(received.getStringProperty("null"));
    }

    @Test
    public void nestedMapsAndLists() throws Exception {
        sent.setObjectProperty("map", Bodies.nested());
        sent.setObjectProperty("list", Arrays.asList(1, "two", null, Bodies.nested()));
        expectArrivesUnchanged();
    }

    @Test
    public void thousandProperties() throws Exception {
        for (int i = 0; i < 1000; i++) {
            sent.setIntProperty("p" + i, i);
        }
        assertEquals(1000, Same.properties(expectArrivesUnchanged()).size());
    }

    @Test
    public void none() throws Exception {
        assertTrue(Same.properties(expectArrivesUnchanged()).isEmpty());
    }

    private Message expectArrivesUnchanged() throws Exception {
        session.createProducer(jms.queue()).send(sent);
        MessageConsumer consumer =
                jms.session(Session.AUTO_ACKNOWLEDGE).createConsumer(jms.queue());
        Message received = JmsFixture.receive(consumer);
        Same.bytes(sent, received);
        Same.values(sent, received);
        return received;
    }
}
