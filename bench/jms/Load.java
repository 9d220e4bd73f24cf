package tern.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * The JMS load. With arguments it does one run; with {@code --serve} it reads the arguments of one
 * run from each line of standard input, so that the rounds of a comparison share one warm client.
 * Each run prints one line of JSON; a run that failed prints an object with the one field "error",
 * and ends the program with status 1, for clients may be stuck in it.
 */
public final class Load {
    private Load() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 1 || !arguments[0].equals("--serve")) {
            System.exit(runOnce(arguments) ? 0 : 1);
        }
        final BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (!runOnce(line.trim().split("\\s+"))) {
                System.exit(1);
            }
        }
    }

    private static boolean runOnce(String[] words) {
        try {
            System.out.println(new Coordinator(Settings.parse(words)).execute());
            return true;
        } catch (Exception e) {
            final Report report = new Report();
            report.put("error", String.valueOf(e.getCause() == null ? e : e.getCause()));
            System.out.println(report);
            return false;
        }
    }
}
