import java.util.ArrayList;
import java.util.List;
import org.jolokia.client.J4pClient;
import org.jolokia.client.request.J4pExecRequest;
import org.jolokia.client.request.J4pListRequest;
import org.jolokia.client.request.J4pReadRequest;
import org.jolokia.client.request.J4pReadResponse;
import org.jolokia.client.request.J4pSearchRequest;
import org.jolokia.client.request.J4pSearchResponse;
import org.jolokia.client.request.J4pVersionRequest;
import org.jolokia.client.request.J4pVersionResponse;
import org.jolokia.client.request.J4pWriteRequest;

/** Jolokia's own client for Java: what it reads, writes, calls and finds at the URL given. */
public final class JolokiaClient {
    private static final String BROKER = "org.apache.activemq:type=Broker,brokerName=localhost";
    private static final String QUEUE = BROKER + ",destinationType=Queue,destinationName=JAVA";
    private static final int BULK = 50;

    public static void main(String[] args) throws Exception {
        J4pClient client = J4pClient.url(args[0]).build();
        J4pVersionResponse version = client.execute(new J4pVersionRequest());
        check(version.getProtocolVersion() != null);
        client.execute(new J4pExecRequest(BROKER, "addQueue", "JAVA"), "POST");
        for (String text : List.of("soup", "tea")) {
            String id = client.execute(new J4pExecRequest(QUEUE,
                "sendTextMessage(java.lang.String)", text), "POST").getValue();
            check(id.startsWith("ID:"));
        }
        // The sender has its answer a little before all of the broker has done what it says.
        long end = System.nanoTime() + 60_000_000_000L;
        while (client.execute(new J4pReadRequest(QUEUE, "QueueSize")).<Number>getValue()
                .intValue() < 2) {
            check(System.nanoTime() < end);
            Thread.sleep(20);
        }
        List<?> rows = client.execute(new J4pExecRequest(QUEUE, "browse()"), "POST").getValue();
        check(rows.size() == 2);
        client.execute(new J4pWriteRequest(QUEUE, "DLQ", true), "POST");
        Boolean letters = client.execute(new J4pReadRequest(QUEUE, "DLQ"), "POST").getValue();
        check(letters);
        J4pSearchResponse found =
            client.execute(new J4pSearchRequest(BROKER + ",destinationName=JA*,*"));
        check(found.getMBeanNames().size() == 1);
        Object listed = client.execute(new J4pListRequest("org.apache.activemq")).getValue();
        check(listed.toString().contains("destinationName=JAVA"));
        List<J4pReadRequest> many = new ArrayList<>();
        for (int i = 0; i < BULK; i++) many.add(new J4pReadRequest(QUEUE, "QueueSize"));
        List<J4pReadResponse> answers = client.execute(many);
        check(answers.size() == BULK);
        for (J4pReadResponse one : answers) check(one.<Number>getValue().intValue() == 2);
        client.execute(new J4pExecRequest(QUEUE, "purge()"), "POST");
        client.execute(new J4pExecRequest(BROKER, "removeQueue", "JAVA"), "POST");
    }

    private static void check(boolean holds) {
        if (!holds) throw new AssertionError();
    }
}
