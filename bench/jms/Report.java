package tern.bench;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** A flat JSON object on one line. */
final class Report {
    private final Map<String, String> fields = new LinkedHashMap<>();

    void put(String key, String text) {
        fields.put(key, quote(text));
    }

    void put(String key, long number) {
        fields.put(key, Long.toString(number));
    }

    void put(String key, double number) {
        fields.put(key, String.format(Locale.ROOT, "%.3f", number));
    }

    @Override
    public String toString() {
        final StringBuilder line = new StringBuilder("{");
        fields.forEach(
                (key, value) ->
                        line.append(line.length() > 1 ? ", " : "")
                                .append(quote(key))
                                .append(": ")
                                .append(value));
        return line.append('}').toString();
    }

    private static String quote(String text) {
        final StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
