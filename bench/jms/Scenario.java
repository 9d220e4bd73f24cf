package tern.bench;

import java.util.List;

/**
 * One load: how many clients of each kind, on what, and how they send.
 *
 * @param batch messages per local transaction; 0 means no transactions
 * @param aheadMax most messages that may be sent and not yet received, over all clients; 0 means
 *     no bound. Asynchronous senders need one: without it, the run measures how a broker copes
 *     with a backlog that only grows, which is another question.
 */
record Scenario(
        String name,
        boolean topic,
        int producers,
        int consumers,
        boolean persistent,
        int batch,
        long aheadMax) {

    static final List<Scenario> ALL =
            List.of(
                    new Scenario("p25c25", false, 25, 25, true, 0, 0),
                    new Scenario("p25c0", false, 25, 0, true, 0, 0),
                    new Scenario("p1c1", false, 1, 1, true, 0, 0),
                    new Scenario("topic1to10", true, 1, 10, false, 0, 2_000),
                    new Scenario("topic1to10-persistent", true, 1, 10, true, 0, 0),
                    new Scenario("tx100", false, 25, 25, true, 100, 0),
                    new Scenario("p25c25-transient", false, 25, 25, false, 0, 20_000));

    static Scenario named(String name) {
        return ALL.stream()
                .filter(s -> s.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown scenario " + name));
    }

    boolean transacted() {
        return batch > 0;
    }

    /** How many times each message is to be received when all of them are consumed. */
    long copies() {
        return topic ? consumers : 1;
    }
}
