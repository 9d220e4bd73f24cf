package interop.jms;

import org.junit.internal.TextListener;
import org.junit.internal.RealSystem;
import org.junit.runner.Description;
import org.junit.runner.JUnitCore;
import org.junit.runner.Result;
import org.junit.runner.notification.Failure;
import org.junit.runner.notification.RunListener;

/** Runs the named test classes, a line per test and JUnit's own summary; exit 1 on failure. */
public final class RunTests {
    private RunTests() {}

    public static void main(String[] classNames) throws Exception {
        Class<?>[] classes = new Class<?>[classNames.length];
        for (int i = 0; i < classNames.length; i++) {
            classes[i] = Class.forName(classNames[i]);
        }
        JUnitCore core = new JUnitCore();
        core.addListener(new LinePerTest());
        core.addListener(new Summary());
        Result result = core.run(classes);
        System.exit(result.wasSuccessful() && result.getRunCount() > 0 ? 0 : 1);
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
        private long startedNs;
        private String outcome;

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
        }
    }
}
