package interop.smallrye;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.eclipse.microprofile.reactive.messaging.Outgoing;

/** What an application of Quarkus is written like: orders come in, are confirmed and told of. */
@ApplicationScoped
public class Orders {
    /** An order that is confirmed with the third attempt. */
    static final String DIFFICULT = "difficult";

    private final BlockingQueue<String> confirmed = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final AtomicInteger attempts = new AtomicInteger();

    @Inject
    @Channel("new-orders")
    Emitter<String> newOrders;

    @Inject
    @Channel("announcements")
    Emitter<String> announcements;

    public CompletionStage<Void> place(String order) {
        return newOrders.send(order);
    }

    public CompletionStage<Void> announce(String news) {
        return announcements.send(news);
    }

    @Incoming("orders")
    @Outgoing("confirmations")
    public String confirm(String order) {
        if (order.equals(DIFFICULT) && attempts.incrementAndGet() < 3) {
            throw new IllegalStateException("not yet");
        }
        return "confirmed " + order;
    }

    @Incoming("confirmed")
    public void take(String confirmation) {
        confirmed.add(confirmation);
    }

    @Incoming("news-here")
    public void hear(String news) {
        heard.add("here " + news);
    }

    @Incoming("news-there")
    public void hearThere(String news) {
        heard.add("there " + news);
    }

    public BlockingQueue<String> confirmed() {
        return confirmed;
    }

    public BlockingQueue<String> heard() {
        return heard;
    }

    public int attempts() {
        return attempts.get();
    }
}
