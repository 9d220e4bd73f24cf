package tern.bench;

import java.util.HashMap;
import java.util.Map;

/**
 * What one run is told, as {@code --key value} words.
 *
 * @param brokerPid process whose CPU time is taken over the measured window; 0 if unknown
 * @param drain whether a scenario without consumers ends by consuming and checking what was sent
 */
record Settings(
        String url,
        String scenario,
        String destination,
        double warmUpSeconds,
        double seconds,
        int payloadBytes,
        long brokerPid,
        boolean drain) {

    static final String USAGE =
            "--url URL --scenario NAME [--destination NAME] [--warmup S] [--seconds S]"
                    + " [--payload BYTES] [--broker-pid PID] [--drain true|false]";

    static Settings parse(String[] words) {
        if (words.length % 2 != 0) {
            throw new IllegalArgumentException("usage: " + USAGE);
        }
        final Map<String, String> given = new HashMap<>();
        for (int i = 0; i < words.length; i += 2) {
            given.put(words[i], words[i + 1]);
        }
        final String url = given.remove("--url");
        final String scenario = given.remove("--scenario");
        if (url == null || scenario == null) {
            throw new IllegalArgumentException("usage: " + USAGE);
        }
        final Settings settings =
                new Settings(
                        url,
                        scenario,
                        take(given, "--destination", "bench." + scenario + "." + System.nanoTime()),
                        Double.parseDouble(take(given, "--warmup", "5")),
                        Double.parseDouble(take(given, "--seconds", "10")),
                        Integer.parseInt(take(given, "--payload", "1024")),
                        Long.parseLong(take(given, "--broker-pid", "0")),
                        Boolean.parseBoolean(take(given, "--drain", "true")));
        if (!given.isEmpty()) {
            throw new IllegalArgumentException("unknown " + given.keySet() + "; usage: " + USAGE);
        }
        return settings;
    }

    private static String take(Map<String, String> given, String key, String otherwise) {
        final String value = given.remove(key);
        return value == null ? otherwise : value;
    }
}
