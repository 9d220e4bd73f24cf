package tern.bench;

import java.util.concurrent.atomic.AtomicReference;

/** What all threads of one run share: the phase, the first failure, and the bound on senders. */
final class Run {
    enum Phase {
        warm_up,
        measured,
        stopping,
        done
    }

    final Scenario scenario;
    final Settings settings;
    volatile Phase phase = Phase.warm_up;
    /** Messages that senders may be ahead to; set by the coordinator's view of what arrived. */
    volatile long sendLimit;

    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    Run(Scenario scenario, Settings settings) {
        this.scenario = scenario;
        this.settings = settings;
    }

    void fail(Throwable cause) {
        if (phase != Phase.done) {
            failure.compareAndSet(null, cause);
        }
    }

    void check() throws Exception {
        if (failure.get() != null) {
            throw new Exception(failure.get());
        }
    }

    boolean sending() {
        return phase.compareTo(Phase.stopping) < 0 && failure.get() == null;
    }

    boolean receiving() {
        return phase != Phase.done && failure.get() == null;
    }
}
