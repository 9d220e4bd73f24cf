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
    /** How many messages each producer may have sent by now. Only the coordinator writes it. */
    volatile long quota = Long.MAX_VALUE;

    private volatile Phase phase = Phase.warm_up;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    Run(Scenario scenario, Settings settings) {
        this.scenario = scenario;
        this.settings = settings;
    }

    void enter(Phase next) {
        phase = next;
    }

    boolean measured() {
        return phase == Phase.measured;
    }

    boolean sending() {
        return phase.compareTo(Phase.stopping) < 0 && failure.get() == null;
    }

    boolean receiving() {
        return phase != Phase.done && failure.get() == null;
    }

    /** Keeps the first failure; what clients report once the run is over does not count. */
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
}
