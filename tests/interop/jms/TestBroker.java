package interop.jms;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.Socket;

/** The broker under test: where it is, which it is, and how a test stops and starts it. */
final class TestBroker {
    private TestBroker() {}

    static String url() {
        return System.getProperty("broker.url");
    }

    static String host() {
        return url().substring(url().indexOf("//") + 2);
    }

    /** False when the tests run against the reference broker. */
    static boolean isOurs() {
        return System.getProperty("broker.name").equals("ternd");
    }

    /** SIGKILL. */
    static void kill() throws IOException {
        perform("kill");
    }

    /** SIGTERM, waiting for a clean end. */
    static void stop() throws IOException {
        perform("stop");
    }

    /** Starts it again on the same data and port. */
    static void start() throws IOException {
        perform("start");
    }

    /** Where its operators are served, which changes when it is started again. */
    static int operatorsPort() throws IOException {
        return Integer.parseInt(perform("operators"));
    }

    /** What is answered besides `ok`. */
    private static String perform(String command) throws IOException {
        int port = Integer.getInteger("broker.control");
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            new PrintWriter(socket.getOutputStream(), true).println(command);
            String answer = new BufferedReader(
                    new InputStreamReader(socket.getInputStream())).readLine();
            if (answer == null || !answer.startsWith("ok")) {
                throw new IOException(command + ": " + answer);
            }
            return answer.substring(2).trim();
        }
    }
}
