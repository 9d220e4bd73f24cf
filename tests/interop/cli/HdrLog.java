import java.io.File;
import java.io.FileNotFoundException;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

/** Reads a log by HdrHistogram itself: intervals, values, their median and their maximum. */
class HdrLog {
    public static void main(String[] arguments) throws FileNotFoundException {
        HistogramLogReader reader = new HistogramLogReader(new File(arguments[0]));
        Histogram all = new Histogram(2);
        all.setAutoResize(true);
        int intervals = 0;
        for (EncodableHistogram next; (next = reader.nextIntervalHistogram()) != null;) {
            all.add((Histogram) next);
            ++intervals;
        }
        System.out.println(intervals + " " + all.getTotalCount() + " "
            + all.getValueAtPercentile(50) + " " + all.getMaxValue());
    }
}
