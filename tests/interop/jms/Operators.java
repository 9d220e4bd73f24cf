package interop.jms;

import static org.junit.Assert.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import javax.jms.JMSException;
import javax.jms.Queue;

/** What operators ask of the broker under test, by Jolokia. */
final class Operators {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BROKER = "org.apache.activemq:type=Broker,brokerName=";

    private Operators() {}

    static JsonNode read(Queue queue, String attribute) throws Exception {
        return read(beanOf(queue), attribute);
    }

    static JsonNode readOfBroker(String attribute) throws Exception {
        return read(BROKER + name(), attribute);
    }

    private static JsonNode read(String bean, String attribute) throws Exception {
        return done(ask("read", bean).put("attribute", attribute));
    }

    static void write(Queue queue, String attribute, boolean value) throws Exception {
        done(ask("write", beanOf(queue)).put("attribute", attribute).put("value", value));
    }

    static JsonNode call(Queue queue, String operation, String... arguments) throws Exception {
        return done(callOf(queue, operation, arguments));
    }

    /** What the broker says when it does not do it. */
    static String refusal(Queue queue, String operation, String... arguments) throws Exception {
        JsonNode answer = post(callOf(queue, operation, arguments));
        assertEquals(answer.toString(), 500, answer.get("status").asInt());
        return answer.get("error").asText();
    }

    private static ObjectNode callOf(Queue queue, String operation, String... arguments)
            throws JMSException {
        ObjectNode request = ask("exec", beanOf(queue)).put("operation", operation);
        request.set("arguments", JSON.valueToTree(List.of(arguments)));
        return request;
    }

    private static ObjectNode ask(String type, String bean) {
        return JSON.createObjectNode().put("type", type).put("mbean", bean);
    }

    private static String beanOf(Queue queue) throws JMSException {
        return BROKER + name() + ",destinationType=Queue,destinationName=" + queue.getQueueName();
    }

    private static String name() {
        return TestBroker.isOurs() ? "localhost" : "classic";
    }

    private static JsonNode done(ObjectNode request) throws Exception {
        JsonNode answer = post(request);
        assertEquals(answer.toString(), 200, answer.get("status").asInt());
        return answer.get("value");
    }

    private static JsonNode post(ObjectNode request) throws IOException, InterruptedException {
        URI at = URI.create("http://127.0.0.1:" + TestBroker.operatorsPort() + "/api/jolokia");
        HttpRequest post = HttpRequest.newBuilder(at)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(request.toString()))
                .build();
        return JSON.readTree(HttpClient.newHttpClient()
                .send(post, HttpResponse.BodyHandlers.ofString()).body());
    }
}
