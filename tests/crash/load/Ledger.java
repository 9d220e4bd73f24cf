package crash.load;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the clients saw, one event a line, in one order for all threads; ledger.py explains and
 * judges it. Lines reach the file within a fraction of a second, so that it shows progress.
 */
final class Ledger implements AutoCloseable {
    private static final int FLUSH_MS = 20;

    private final BufferedWriter out;
    private boolean closed;

    Ledger(Path path) throws IOException {
        out = Files.newBufferedWriter(path);
        Thread flusher = new Thread(this::keepFlushing, "ledger");
        flusher.setDaemon(true);
        flusher.start();
    }

    synchronized void write(String... words) {
        try {
            out.write(String.join(" ", words));
            out.write('\n');
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        out.close();
    }

    private void keepFlushing() {
        try {
            while (flush()) {
                Thread.sleep(FLUSH_MS);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean flush() throws IOException {
        if (!closed) {
            out.flush();
        }
        return !closed;
    }
}
