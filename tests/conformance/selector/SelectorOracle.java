import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import javax.jms.InvalidSelectorException;
import javax.jms.JMSException;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQTextMessage;
import org.apache.activemq.filter.BooleanExpression;
import org.apache.activemq.filter.MessageEvaluationContext;
import org.apache.activemq.selector.SelectorParser;

/**
 * Asks the Java implementation about selectors: reads the lines of cases.txt, and writes a verdict
 * for each: true, false, unknown, refused, or "failed" when it throws on the message.
 */
public final class SelectorOracle {
    private static final String SEPARATOR = ";;";

    public static void main(String[] arguments) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (!line.isEmpty() && !line.startsWith("#")) {
                out.println(verdict(line));
            }
        }
        out.flush();
    }

    private static String verdict(String line) {
        int first = line.indexOf(SEPARATOR);
        int last = line.lastIndexOf(SEPARATOR);
        String selector = line.substring(first + 3, last);
        if (selector.endsWith(" ")) {
            selector = selector.substring(0, selector.length() - 1);
        }
        ActiveMQTextMessage message = new ActiveMQTextMessage();
        setProperties(message, unescaped(line.substring(last + 2)).strip());
        SelectorParser.clearCache();  // it confuses selectors that differ in their prefix only
        BooleanExpression expression;
        try {
            expression = SelectorParser.parse(unescaped(selector));
        } catch (InvalidSelectorException refused) {
            return "refused";
        }
        return evaluate(expression, message);
    }

    private static String evaluate(BooleanExpression expression, ActiveMQMessage message) {
        MessageEvaluationContext context = new MessageEvaluationContext();
        context.setMessageReference(message);
        try {
            Object value = expression.evaluate(context);
            if (expression.matches(context) != Boolean.TRUE.equals(value)) {
                throw new AssertionError("two answers to " + expression);
            }
            return value == null ? "unknown" : value.toString();
        } catch (JMSException | RuntimeException failed) {
            return "failed";
        }
    }

    private static String unescaped(String text) {
        return text.replace('\u2424', '\n').replace('\u240d', '\r').replace('\u2409', '\t');
    }

    private static void setProperties(ActiveMQMessage message, String text) {
        for (int at = 0; at < text.length();) {
            int sign = text.indexOf('=', at);
            int end = endOfValue(text, sign + 1);
            setProperty(message, text.substring(at, sign), text.substring(sign + 1, end));
            for (at = end; at < text.length() && text.charAt(at) == ' '; ++at) {
            }
        }
    }

    private static int endOfValue(String text, int start) {
        if (text.charAt(start) != '\'') {
            int blank = text.indexOf(' ', start);
            return blank < 0 ? text.length() : blank;
        }
        int at = start + 1;
        while (text.charAt(at) != '\'' || text.startsWith("''", at)) {
            at += text.charAt(at) == '\'' ? 2 : 1;
        }
        return at + 1;
    }

    private static void setProperty(ActiveMQMessage message, String name, String value) {
        try {
            Object parsed = parsed(value);
            // Through the map: the setters refuse names that are no Java identifiers.
            message.setProperty(name, parsed);
            setHeader(message, name, parsed);
        } catch (IOException | JMSException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** What the table uses of the headers, which selectors do not look up among the properties. */
    private static void setHeader(ActiveMQMessage message, String name, Object value)
            throws JMSException {
        switch (name) {
            case "BODY" -> ((ActiveMQTextMessage) message).setText((String) value);
            case "JMSType" -> message.setJMSType((String) value);
            case "JMSPriority" -> message.setJMSPriority((Integer) value);
            case "JMSDeliveryMode" -> message.setPersistent("PERSISTENT".equals(value));
            case "JMSTimestamp" -> message.setJMSTimestamp((Long) value);
            case "JMSCorrelationID" -> message.setJMSCorrelationID((String) value);
            case "JMSRedelivered" -> message.setJMSRedelivered((Boolean) value);
            case "JMSXGroupID" -> message.setGroupID((String) value);
            case "JMSXGroupSeq" -> message.setGroupSequence((Integer) value);
            default -> {
            }
        }
    }

    private static Object parsed(String value) {
        if (value.startsWith("'")) {
            return value.substring(1, value.length() - 1).replace("''", "'");
        }
        if (value.equals("true") || value.equals("false")) {
            return Boolean.valueOf(value);
        }
        String digits = value.substring(0, value.length() - 1);
        return switch (value.charAt(value.length() - 1)) {
            case 'b' -> Byte.valueOf(digits);
            case 's' -> Short.valueOf(digits);
            case 'L' -> Long.valueOf(digits);
            case 'f' -> Float.valueOf(digits);
            default -> value.matches("-?[0-9]+") ? (Object) Integer.valueOf(value)
                    : (Object) Double.valueOf(value);
        };
    }

    private SelectorOracle() {
    }
}
