package harness.classic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import javax.management.Attribute;
import javax.management.MBeanException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * So much of Jolokia, which Debian does not have, that tests can ask the reference broker's MBeans
 * what they ask the daemon's: an attribute is read or written, an operation is called with texts.
 */
final class ClassicOperators {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final MBeanServer beans;
    private final HttpServer server;

    ClassicOperators(MBeanServer beans) throws IOException {
        this.beans = beans;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/jolokia", this::answer);
    }

    /** Returns the port. */
    int start() {
        server.start();
        return server.getAddress().getPort();
    }

    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        ObjectNode answer = JSON.createObjectNode();
        try {
            Object value = perform(JSON.readTree(exchange.getRequestBody()));
            answer.put("status", 200).set("value", JSON.valueToTree(value));
        } catch (MBeanException failed) {
            answer.put("status", 500).put("error", failed.getTargetException().getMessage());
        } catch (Exception failed) {
            answer.put("status", 500).put("error", failed.toString());
        }
        byte[] text = JSON.writeValueAsBytes(answer);
        exchange.sendResponseHeaders(200, text.length);
        exchange.getResponseBody().write(text);
        exchange.close();
    }

    private Object perform(JsonNode request) throws Exception {
        ObjectName bean = new ObjectName(request.get("mbean").asText());
        switch (request.get("type").asText()) {
            case "read":
                return beans.getAttribute(bean, request.get("attribute").asText());
            case "write":
                beans.setAttribute(bean, new Attribute(request.get("attribute").asText(),
                        request.get("value").asBoolean()));
                return null;
            default:
                String[] arguments = JSON.convertValue(request.get("arguments"), String[].class);
                String[] types = new String[arguments.length];
                Arrays.fill(types, String.class.getName());
                return beans.invoke(bean, request.get("operation").asText(), arguments, types);
        }
    }
}
