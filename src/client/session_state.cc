#include "client/session_state.h"

#include <algorithm>

namespace tern::client {
namespace {

/// No link has it.
constexpr Core::Epoch kNoEpoch = -1;

ConsumerState::Mode consumer_mode(AckMode mode) {
    switch (mode) {
        case AckMode::automatic:
            return ConsumerState::Mode::automatic;
        case AckMode::client:
            return ConsumerState::Mode::client;
        case AckMode::individual:
            return ConsumerState::Mode::individual;
        case AckMode::transacted:
            return ConsumerState::Mode::transacted;
    }
    return ConsumerState::Mode::automatic;
}

openwire::Text text_or_null(const std::string& text, std::forward_list<std::string>& texts) {
    return text.empty() ? openwire::Text() : openwire::Text(wire_text(text, texts));
}

int prefetch_of(const ConsumerOptions& options, const Destination& destination,
                const PrefetchPolicy& policy) {
    if (options.prefetch) return *options.prefetch;
    if (!destination.is_topic()) return policy.queue;
    return options.subscription.empty() ? policy.topic : policy.durable_topic;
}

}  // namespace

SessionState::SessionState(std::shared_ptr<Core> core, const SessionOptions& options)
    : core_(std::move(core)),
      options_(options),
      id_(core_->next_session()),
      transaction_(*core_, options.ack_mode == AckMode::transacted),
      listener_thread_(*core_, arrived_, consumers_) {}

SessionState::~SessionState() {
    std::ignore = close();
}

Result<void> SessionState::open() {
    return core_->send(
        openwire::SessionInfo{.session_id = openwire::SessionId{core_->connection_id(), id_}},
        [this](Tracker& tracker) { tracker.add_session(id_); });
}

/// What fails on the way fails because the connection is gone, and everything with it. Only
/// messages that were sent ahead are worth a word.
Result<void> SessionState::close() {
    if (closed_) return {};
    if (auto stopped = stop_listeners(); !stopped) return stopped;
    if (closed_.exchange(true)) return {};
    auto confirmed = flush(core_->options().close_timeout);
    if (transaction_.is_open()) {
        std::ignore = transaction_.end(openwire::TransactionOperation::rollback);
    }
    for (const auto& consumer : consumers()) {
        consumer->shut(false);
        std::ignore = consumer->unsubscribe();
        forget(consumer);
    }
    std::ignore = core_->send_end(
        openwire::RemoveInfo{.object_id = openwire::SessionId{core_->connection_id(), id_}},
        [this](Tracker& tracker) { tracker.remove_session(id_); });
    return confirmed;
}

Result<void> SessionState::usable() const {
    if (closed_) return failure(Errc::closed, "the session is closed");
    return {};
}

Result<void> SessionState::expect_mode(AckMode mode, const char* what) const {
    if (options_.ack_mode != mode) return failure(Errc::wrong_mode, what);
    return usable();
}

// Producers and consumers.

Result<std::unique_ptr<ProducerState>> SessionState::add_producer(
    std::optional<Destination> destination, const ProducerOptions& options) {
    if (auto good = usable(); !good) return std::unexpected(good.error());
    auto producer = std::make_unique<ProducerState>(
        *core_, transaction_, window_, std::max<std::size_t>(options_.unconfirmed_max, 1),
        openwire::ProducerId{core_->connection_id(), ++numbers_, id_}, std::move(destination),
        options);
    if (auto opened = producer->open(); !opened) return std::unexpected(opened.error());
    return producer;
}

Result<std::shared_ptr<ConsumerState>> SessionState::add_consumer(const Destination& destination,
                                                                  const ConsumerOptions& options) {
    const int prefetch = prefetch_of(options, destination, core_->options().prefetch);
    if (!options.subscription.empty() && destination.kind != Destination::Kind::topic) {
        return failure(Errc::bad_argument, "only topics have subscriptions with a name");
    }
    if (!options.subscription.empty() && core_->options().client_id.empty()) {
        return failure(Errc::bad_argument, "a subscription with a name needs a client id");
    }
    if (prefetch < 0 || options.priority < -128 || options.priority > 127) {
        return failure(Errc::bad_argument, "prefetch or priority out of range");
    }
    std::forward_list<std::string> texts;
    return subscribe(destination, consumer_mode(options_.ack_mode), prefetch,
                     {.selector = text_or_null(options.selector, texts),
                      .client_id = text_or_null(core_->options().client_id, texts),
                      .subscription_name = text_or_null(options.subscription, texts),
                      .no_local = options.no_local,
                      .exclusive = options.exclusive,
                      .retroactive = options.retroactive,
                      .priority = static_cast<std::int8_t>(options.priority)});
}

Result<std::shared_ptr<ConsumerState>> SessionState::add_browser(const Destination& destination,
                                                                 const BrowserOptions& options) {
    if (destination.is_topic()) return failure(Errc::bad_argument, "only queues are browsed");
    if (options.prefetch < 1) {
        return failure(Errc::bad_argument, "a browser needs a prefetch");
    }
    std::forward_list<std::string> texts;
    return subscribe(destination, ConsumerState::Mode::browse, options.prefetch,
                     {.selector = text_or_null(options.selector, texts)});
}

Result<std::shared_ptr<ConsumerState>> SessionState::subscribe(const Destination& destination,
                                                               ConsumerState::Mode mode,
                                                               int prefetch,
                                                               openwire::ConsumerInfo info) {
    if (auto good = usable(); !good) return std::unexpected(good.error());
    if (destination.name.empty()) return failure(Errc::bad_argument, "no destination");
    const openwire::ConsumerId id{core_->connection_id(), id_, ++numbers_};
    auto consumer = std::make_shared<ConsumerState>(*core_, transaction_, arrived_, id, destination,
                                                    mode, prefetch);
    if (auto subscribed = consumer->subscribe(std::move(info)); !subscribed) {
        return std::unexpected(std::move(subscribed.error()));
    }
    const Core::Lock lock(core_->mutex());
    consumers_.push_back(consumer);
    return consumer;
}

Result<void> SessionState::listen(ConsumerState& consumer, Listener listener) {
    if (auto good = usable(); !good) return good;
    if (auto set = consumer.set_listener(std::move(listener)); !set) return set;
    return listener_thread_.start();
}

Result<void> SessionState::await_next(ConsumerState& consumer, std::coroutine_handle<> coroutine,
                                      Result<Message>& message) {
    if (auto good = usable(); !good) return good;
    if (auto started = listener_thread_.start(); !started) return started;
    return consumer.await_next(coroutine, message);
}

Result<void> SessionState::spawn(Task task) {
    if (auto good = usable(); !good) return good;
    return listener_thread_.spawn(std::move(task));
}

Result<void> SessionState::close(const std::shared_ptr<ConsumerState>& consumer) {
    if (closed_ || consumer->is_shut()) return {};
    consumer->shut(listener_thread_.is_current());
    // What it has delivered belongs to the transaction: the broker must know it until its end.
    if (transaction_.is_open() && consumer->has_delivered()) return {};
    forget(consumer);
    return consumer->unsubscribe();
}

Consumers SessionState::consumers() const {
    const Core::Lock lock(core_->mutex());
    return consumers_;
}

void SessionState::forget(const std::shared_ptr<ConsumerState>& consumer) {
    const Core::Lock lock(core_->mutex());
    std::erase(consumers_, consumer);
}

// Acknowledgements and transactions.

Result<void> SessionState::acknowledge() {
    if (auto good = expect_mode(AckMode::client, "the session is not for acknowledge"); !good) {
        return good;
    }
    for (const auto& consumer : consumers()) {
        if (auto done = consumer->acknowledge_all(); !done) return done;
    }
    return {};
}

Result<void> SessionState::recover() {
    if (auto good = usable(); !good) return good;
    if (options_.ack_mode == AckMode::automatic || transaction_.transacted()) {
        return failure(Errc::wrong_mode, "the session has nothing to recover");
    }
    return after_rollback();
}

Result<void> SessionState::commit() {
    if (auto good = expect_mode(AckMode::transacted, "the session is not transacted"); !good) {
        return good;
    }
    if (!transaction_.is_open()) return transaction_.usable();
    Result<void> committed;
    do {
        const auto epoch = core_->epoch();
        if (!epoch) return std::unexpected(epoch.error());
        if (auto confirmed = flush({}); !confirmed) {
            // A part of what was sent is missing: all or nothing.
            std::ignore = rollback();
            return confirmed;
        }
        committed = commit_on(*epoch);
        // What was only sent is sent again at the next broker, and confirmed again.
    } while (!committed && committed.error() == Errc::rolled_back && !has_consumed());
    if (committed) {
        for (const auto& consumer : consumers()) consumer->committed();
        return unsubscribe_closed();
    }
    const Error& error = committed.error();
    if (error == Errc::rolled_back) {
        std::ignore = transaction_.end(openwire::TransactionOperation::rollback);
    }
    if (!transaction_.is_open() && transaction_.usable()) std::ignore = after_rollback();
    return committed;
}

/// All that was received is acknowledged on the link on which it came, or nothing is committed.
Result<void> SessionState::commit_on(Core::Epoch epoch) {
    bool misses = false;
    for (const auto& consumer : consumers()) {
        misses = consumer->misses_delivered();
        if (misses) break;
        if (auto done = consumer->acknowledge_all(); !done) return done;
    }
    return transaction_.end(openwire::TransactionOperation::commit_one_phase,
                            misses ? kNoEpoch : epoch);
}

bool SessionState::has_consumed() const {
    return std::ranges::any_of(consumers(),
                               [](const auto& consumer) { return consumer->has_delivered(); });
}

Result<void> SessionState::rollback() {
    if (auto good = expect_mode(AckMode::transacted, "the session is not transacted"); !good) {
        return good;
    }
    if (!transaction_.is_open()) return transaction_.usable();
    std::ignore = flush({});  // what was refused is rolled back with the rest
    if (auto done = transaction_.end(openwire::TransactionOperation::rollback); !done) return done;
    return after_rollback();
}

/// Messages come again, except to consumers that are closed: the broker takes those back.
Result<void> SessionState::after_rollback() {
    if (auto done = unsubscribe_closed(); !done) return done;
    for (const auto& consumer : consumers()) {
        if (auto done = consumer->roll_back(); !done) return done;
    }
    return {};
}

Result<void> SessionState::unsubscribe_closed() {
    for (const auto& consumer : consumers()) {
        if (!consumer->is_shut()) continue;
        forget(consumer);
        if (auto done = consumer->unsubscribe(); !done) return done;
    }
    return {};
}

// Destinations.

Result<void> SessionState::unsubscribe(const std::string& subscription) {
    if (auto good = usable(); !good) return good;
    std::forward_list<std::string> texts;
    return core_->request(openwire::RemoveSubscriptionInfo{
        .connection_id = openwire::ConnectionId{.value = core_->connection_id()},
        .subscription_name = wire_text(subscription, texts),
        .client_id = wire_text(core_->options().client_id, texts)});
}

Result<Destination> SessionState::add_temporary(Destination::Kind kind) {
    if (auto good = usable(); !good) return std::unexpected(good.error());
    Destination destination{
        kind, std::string(core_->connection_id()) + ":" + std::to_string(core_->next_temporary())};
    if (auto added = change(openwire::DestinationOperation::add, destination); !added) {
        return std::unexpected(std::move(added.error()));
    }
    return destination;
}

Result<void> SessionState::remove_temporary(const Destination& destination) {
    if (auto good = usable(); !good) return good;
    if (!destination.is_temporary()) {
        return failure(Errc::bad_argument, "only temporary destinations are removed");
    }
    return change(openwire::DestinationOperation::remove, destination);
}

Result<void> SessionState::change(openwire::DestinationOperation operation,
                                  const Destination& destination) {
    const openwire::DestinationInfo info{
        .connection_id = openwire::ConnectionId{.value = core_->connection_id()},
        .destination = to_wire(destination, destination.name),
        .operation = operation};
    Core::Confirmed track;
    if (core_->fails_over()) {
        track = [kept = std::make_shared<const Owned<openwire::DestinationInfo>>(info)](
                    Tracker& tracker) { tracker.change(kept); };
    }
    return core_->request(info, {}, track);
}

}  // namespace tern::client
