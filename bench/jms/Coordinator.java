package tern.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Takes one run through its phases: connect, warm up, measure, drain, compare, report. */
final class Coordinator {
    private static final long TICK_MILLIS = 1;
    private static final long STOP_MILLIS = 30_000;
    /** A drain that receives nothing for so long has ended; what is missing then is lost. */
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int DRAINING_CONSUMERS = 25;

    private final Run run;
    private final Settings settings;
    private final List<Producer> producers = new ArrayList<>();
    private final List<Consumer> consumers = new ArrayList<>();

    /** Counters and clocks at one instant. */
    private record Snapshot(
            long nanos,
            long sent,
            long received,
            double clientCpu,
            double brokerCpu,
            double machineBusy) {}

    Coordinator(Settings settings) {
        this.settings = settings;
        run = new Run(Scenario.named(settings.scenario()), settings);
    }

    Report execute() throws Exception {
        try {
            connect(run.scenario.consumers());
            for (int i = 0; i < run.scenario.producers(); i++) {
                producers.add(new Producer(run, i));
            }
            for (Producer producer : producers) {
                producer.start();
            }
            return measure();
        } finally {
            run.enter(Run.Phase.done);
            close();
        }
    }

    private Report measure() throws Exception {
        pass(settings.warmUpSeconds());
        final Snapshot from = snapshot();
        run.enter(Run.Phase.measured);
        pass(settings.seconds());
        final Snapshot to = snapshot();
        run.enter(Run.Phase.stopping);
        join(producers);
        final double drainSeconds = drain();
        run.check();
        return report(from, to, drainSeconds);
    }

    private void connect(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            consumers.add(new Consumer(run, i));
        }
        for (Consumer consumer : consumers) {
            consumer.start();
        }
    }

    private void pass(double seconds) throws Exception {
        final long end = System.nanoTime() + (long) (seconds * 1e9);
        final long aheadMax = run.scenario.aheadMax();
        while (System.nanoTime() < end) {
            if (aheadMax > 0) {
                final long arrived = total(consumers) / run.scenario.copies();
                run.quota = (arrived + aheadMax) / producers.size();
                Thread.sleep(TICK_MILLIS);
            } else {
                Thread.sleep(Math.min(100, Math.max(1, (end - System.nanoTime()) / 1_000_000)));
            }
            run.check();
        }
    }

    private Snapshot snapshot() throws IOException {
        return new Snapshot(
                System.nanoTime(),
                total(producers),
                total(consumers),
                Clocks.ownCpu(),
                Clocks.cpuOf(settings.brokerPid()),
                Clocks.machineBusy());
    }

    /** Receives what is still due, and ends the consumers. Returns how long that took. */
    private double drain() throws Exception {
        final long start = System.nanoTime();
        if (consumers.isEmpty() && settings.drain()) {
            connect(DRAINING_CONSUMERS);
        }
        final long due = consumers.isEmpty() ? 0 : total(producers) * run.scenario.copies();
        long last = -1;
        long lastProgress = start;
        while (total(consumers) < due && System.nanoTime() - lastProgress < SILENCE_NANOS) {
            if (total(consumers) != last) {
                last = total(consumers);
                lastProgress = System.nanoTime();
            }
            Thread.sleep(10);
            run.check();
        }
        run.enter(Run.Phase.done);
        join(consumers);
        return (System.nanoTime() - start) / 1e9;
    }

    private Report report(Snapshot from, Snapshot to, double drainSeconds) {
        final Histogram latency = new Histogram();
        producers.forEach(p -> latency.add(p.latency));
        final Report report = new Report();
        report.put("scenario", run.scenario.name());
        final double seconds = (to.nanos - from.nanos) / 1e9;
        report.put("seconds", seconds);
        report.put("sent", to.sent - from.sent);
        report.put("received", to.received - from.received);
        report.put("send_rate", (to.sent - from.sent) / seconds);
        report.put("receive_rate", (to.received - from.received) / seconds);
        report.put("send_p50_us", latency.percentile(0.50) / 1e3);
        report.put("send_p99_us", latency.percentile(0.99) / 1e3);
        report.put("send_max_us", latency.max() / 1e3);
        report.put("client_cpu_seconds", to.clientCpu - from.clientCpu);
        report.put("broker_cpu_seconds", to.brokerCpu - from.brokerCpu);
        report.put("machine_busy_seconds", to.machineBusy - from.machineBusy);
        // The counters are read one after the other, so that a quiet queue may seem overdrawn.
        report.put("backlog", Math.max(0, to.sent * run.scenario.copies() - to.received));
        report.put("drain_seconds", drainSeconds);
        if (!consumers.isEmpty()) {
            putVerdict(report);
        }
        return report;
    }

    private void putVerdict(Report report) {
        final long[] sent = producers.stream().mapToLong(Client::count).toArray();
        final List<Ledger> ledgers = consumers.stream().map(c -> c.ledger).toList();
        final Ledger.Verdict verdict =
                run.scenario.topic()
                        ? Ledger.judgeCopies(ledgers, sent)
                        : Ledger.judgeShared(ledgers, sent);
        report.put("lost", verdict.lost);
        report.put("duplicates", verdict.duplicates);
        report.put("invented", verdict.invented);
        report.put("misordered", verdict.misordered);
    }

    private static long total(List<? extends Client> clients) {
        long sum = 0;
        for (Client client : clients) {
            sum += client.count();
        }
        return sum;
    }

    private void join(List<? extends Client> clients) throws Exception {
        final long end = System.currentTimeMillis() + STOP_MILLIS;
        for (Client client : clients) {
            if (!client.join(end - System.currentTimeMillis())) {
                throw new IllegalStateException("a client is stuck in a call to the broker");
            }
        }
    }

    private void close() throws Exception {
        for (Producer producer : producers) {
            producer.close();
        }
        for (Consumer consumer : consumers) {
            consumer.close();
        }
    }
}
