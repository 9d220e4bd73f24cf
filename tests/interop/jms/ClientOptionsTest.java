package interop.jms;

import org.junit.Rule;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;

/** The client's connection options, each of which changes what it sends or expects. */
@RunWith(Parameterized.class)
public class ClientOptionsTest {
    @Parameters(name = "{0}")
    public static String[] options() {
        return new String[] {
            "jms.useCompression=true",
            "jms.useAsyncSend=true",
            "jms.alwaysSyncSend=true",
            "jms.producerWindowSize=2048",
            "jms.useAsyncSend=true&jms.producerWindowSize=1500",
            "jms.optimizeAcknowledge=true",
            "jms.transactedIndividualAck=true",
            "jms.sendAcksAsync=false",
            "jms.alwaysSessionAsync=false",
            "jms.dispatchAsync=false",
            "jms.copyMessageOnSend=false",
            "jms.disableTimeStampsByDefault=true",
            "jms.nestedMapAndListEnabled=true",
            "jms.prefetchPolicy.all=1",
            "jms.prefetchPolicy.all=0",
            "jms.watchTopicAdvisories=false",
            "jms.sendTimeout=20000",
            "wireFormat.maxInactivityDuration=0",
            "wireFormat.maxInactivityDuration=3000",
            "wireFormat.stackTraceEnabled=false",
            "wireFormat.cacheSize=2048",
            "wireFormat.maxFrameSize=10000000",
            "tcpNoDelay=false",
        };
    }

    @Rule public final JmsFixture jms = new JmsFixture();

    @Parameter public String options;

    @Test
    public void works() throws Exception {
        new SmokeStory(jms, jms.connect(options)).play();
    }
}
