package interop.jms;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.openwire.OpenWireFormat;
import org.junit.Rule;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;

/** Every protocol version in every encoding. */
@RunWith(Parameterized.class)
public class WireFormatTest {
    @Parameters(name = "version {0}, tight {1}, cache {2}")
    public static List<Object[]> formats() {
        List<Object[]> formats = new ArrayList<>();
        for (int version = 1; version <= 12; version++) {
            for (boolean tight : new boolean[] {false, true}) {
                for (boolean cache : new boolean[] {false, true}) {
                    formats.add(new Object[] {version, tight, cache});
                }
            }
        }
        return formats;
    }

    @Rule public final JmsFixture jms = new JmsFixture();

    @Parameter(0) public int version;

    @Parameter(1) public boolean tight;

    @Parameter(2) public boolean cache;

    @Test
    public void works() throws Exception {
        ActiveMQConnection connection = jms.connect("wireFormat.version=" + version,
                "wireFormat.tightEncodingEnabled=" + tight, "wireFormat.cacheEnabled=" + cache);
        new SmokeStory(jms, connection).play();

        OpenWireFormat agreed = (OpenWireFormat) connection.getTransport().getWireFormat();
        assertEquals(version, agreed.getVersion());
        assertEquals(tight, agreed.isTightEncodingEnabled());
    }
}
