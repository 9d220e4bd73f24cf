package interop.jms;

import java.io.PrintWriter;
import org.junit.internal.TextListener;
import org.junit.internal.RealSystem;
import org.junit.runner.Description;
import org.junit.runner.JUnitCore;
import org.junit.runner.Result;
import org.junit.runner.notification.Failure;
import org.junit.runner.notification.RunListener;

/**
 * Runs the named test classes, a line per test and JUnit's own summary; exit 1 on failure. The file
 * of the property {@code results}, if given, gets a line per test too: outcome, class, method.
 */
public final class RunTests {
    private RunTests() {}

    public static void main(String[] classNames) throws Exception {
        Class<?>[] classes = new Class<?>[classNames.length];
        for (int i = 0; i < classNames.length; i++) {
            classes[i] = Class.forName(classNames[i]);
        }
        JUnitCore core = new JUnitCore();
        boolean passed;
        String results = System.getProperty("results");
        try (PrintWriter file = results == null ? null : new PrintWriter(results)) {
            core.addListener(new LinePerTest(file));
            core.addListener(new Summary());
            Result result = core.run(classes);
            passed = result.wasSuccessful() && result.getRunCount() > 0;
        }
        System.exit(passed ? 0 : 1);
    }

    /** JUnit's text report without the dots, which the lines replace. */
    private static final class Summary extends TextListener {
        Summary() {
            super(new RealSystem());
        }

        @Override
        public void testStarted(Description test) {}

        @Override
        public void testFailure(Failure failure) {}

        @Override
        public void testIgnored(Description test) {}
    }

    private static final class LinePerTest extends RunListener {
        private final PrintWriter file;
        private long startedNs;
        private String outcome;

        LinePerTest(PrintWriter file) {
            this.file = file;
        }

        @Override
        public void testStarted(Description test) {
            startedNs = System.nanoTime();
            outcome = "ok  ";
        }

        @Override
        public void testFailure(Failure failure) {
            outcome = "FAIL";
        }

        @Override
        public void testAssumptionFailure(Failure failure) {
            outcome = "skip";
        }

        @Override
        public void testFinished(Description test) {
            long ms = (System.nanoTime() - startedNs) / 1_000_000;
            System.out.printf("%s %6d ms  %s.%s%n", outcome, ms,
                    test.getTestClass().getSimpleName(), test.getMethodName());
            if (file != null) {
                file.printf("%s\t%s\t%s%n", outcome.strip(),
                        test.getTestClass().getSimpleName(), test.getMethodName());
            }
        }
    }
}
