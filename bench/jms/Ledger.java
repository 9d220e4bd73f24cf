package tern.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * What one consumer received, kept as message numbers in the order of arrival, and the comparison
 * of all ledgers with what was sent. Recording is one array store, so that the check costs the
 * measurement next to nothing.
 */
final class Ledger {
    private static final int CHUNK = 1 << 15;
    private static final int SEQUENCE_BITS = 40;

    private final List<long[]> chunks = new ArrayList<>();
    private int used = CHUNK;

    /** The number that a message carries in its first eight bytes; sequences start at 0. */
    static long number(int producer, long sequence) {
        return ((long) producer << SEQUENCE_BITS) | sequence;
    }

    void record(long number) {
        if (used == CHUNK) {
            chunks.add(new long[CHUNK]);
            used = 0;
        }
        chunks.get(chunks.size() - 1)[used++] = number;
    }

    /** The result of comparing sent and received messages. */
    static final class Verdict {
        long lost;
        long duplicates;
        long invented;
        long misordered;

        boolean clean() {
            return lost == 0 && duplicates == 0 && invented == 0 && misordered == 0;
        }
    }

    /** One queue's consumers share what was sent: each message is due once over all ledgers. */
    static Verdict judgeShared(List<Ledger> ledgers, long[] sentByProducer) {
        final Verdict verdict = new Verdict();
        final BitSet[] seen = emptySets(sentByProducer.length);
        ledgers.forEach(ledger -> ledger.enter(seen, sentByProducer, verdict));
        countLost(seen, sentByProducer, verdict);
        return verdict;
    }

    /** Each subscriber of a topic is due everything that was sent. */
    static Verdict judgeCopies(List<Ledger> ledgers, long[] sentByProducer) {
        final Verdict verdict = new Verdict();
        for (Ledger ledger : ledgers) {
            final BitSet[] seen = emptySets(sentByProducer.length);
            ledger.enter(seen, sentByProducer, verdict);
            countLost(seen, sentByProducer, verdict);
        }
        return verdict;
    }

    private void enter(BitSet[] seen, long[] sentByProducer, Verdict verdict) {
        final long[] last = new long[seen.length];
        Arrays.fill(last, -1);
        for (int c = 0; c < chunks.size(); c++) {
            final int count = c == chunks.size() - 1 ? used : CHUNK;
            for (int i = 0; i < count; i++) {
                final long number = chunks.get(c)[i];
                final int producer = (int) (number >>> SEQUENCE_BITS);
                final long sequence = number & ((1L << SEQUENCE_BITS) - 1);
                if (producer >= seen.length || sequence >= sentByProducer[producer]) {
                    verdict.invented++;
                    continue;
                }
                if (seen[producer].get((int) sequence)) {
                    verdict.duplicates++;
                    continue;
                }
                seen[producer].set((int) sequence);
                if (sequence < last[producer]) {
                    verdict.misordered++;
                }
                last[producer] = sequence;
            }
        }
    }

    private static void countLost(BitSet[] seen, long[] sentByProducer, Verdict verdict) {
        for (int p = 0; p < seen.length; p++) {
            verdict.lost += sentByProducer[p] - seen[p].cardinality();
        }
    }

    private static BitSet[] emptySets(int count) {
        final BitSet[] sets = new BitSet[count];
        Arrays.setAll(sets, i -> new BitSet());
        return sets;
    }
}
