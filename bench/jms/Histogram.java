package tern.bench;

/**
 * Counts durations in buckets that are at most 1/128 of their value wide, so that a percentile is
 * exact to better than 1 %. Not shared between threads: one each, merged at the end.
 */
final class Histogram {
    private static final int SUB_BITS = 7;
    private static final int SUB = 1 << SUB_BITS;

    private final long[] counts = new long[(64 - SUB_BITS) * SUB];
    private long total;
    private long max;

    void record(long nanos) {
        counts[index(nanos)]++;
        total++;
        max = Math.max(max, nanos);
    }

    void add(Histogram other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
        total += other.total;
        max = Math.max(max, other.max);
    }

    long max() {
        return max;
    }

    /** The smallest bucket bound that at least {@code fraction} of the durations do not exceed. */
    long percentile(double fraction) {
        final long wanted = (long) Math.ceil(fraction * total);
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= wanted && seen > 0) {
                return Math.min(upperBound(i), max);
            }
        }
        return max;
    }

    /** Values below 2 * SUB have a bucket each; above, each octave has SUB buckets. */
    private static int index(long value) {
        final int octave = Math.max(0, 63 - Long.numberOfLeadingZeros(value | 1) - SUB_BITS);
        return (octave << SUB_BITS) + (int) (value >>> octave);
    }

    private static long upperBound(int index) {
        final int octave = Math.max(0, (index >>> SUB_BITS) - 1);
        return (((long) index - ((long) octave << SUB_BITS) + 1) << octave) - 1;
    }
}
