#include "client/consumer_state.h"

#include <utility>

namespace tern::client {
namespace {

using Clock = std::chrono::steady_clock;

Deliveries::Now now() {
    return {.wall = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now()),
            .steady = Clock::now()};
}

Core::Deadline earlier(Core::Deadline a, Core::Deadline b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
}

}  // namespace

Result<void> ConsumerState::subscribe(openwire::ConsumerInfo info) {
    std::forward_list<std::string> texts;
    info.consumer_id = id_;
    info.destination = to_wire(destination_, wire_text(destination_.name, texts));
    info.prefetch_size = prefetch_;
    info.browser = mode_ == Mode::browse;
    core_.add(id_, *this);  // messages may come before the answer
    auto subscribed = core_.request(std::move(info));
    if (!subscribed) core_.remove(id_);
    return subscribed;
}

void ConsumerState::shut() {
    Lock lock(core_.mutex());
    shut_ = true;
    arrived_.notify_all();
    const std::thread::id me = std::this_thread::get_id();
    arrived_.wait(lock, [this, me] {
        return listener_at_work_ == std::thread::id() || listener_at_work_ == me;
    });
}

Result<void> ConsumerState::unsubscribe() {
    core_.remove(id_);
    std::int64_t last_delivered = 0;
    {
        const Lock lock(core_.mutex());
        last_delivered = deliveries_.last_delivered_sequence_id();
    }
    return core_.send(
        openwire::RemoveInfo{.object_id = id_, .last_delivered_sequence_id = last_delivered});
}

// Receiving.

Result<std::optional<Message>> ConsumerState::receive(Timeout timeout) {
    const auto pulled = pull(timeout);
    if (!pulled) return std::unexpected(pulled.error());
    Core::Deadline deadline;
    if (timeout && !*pulled) deadline = Clock::now() + *timeout;
    Acks acks;
    for (;;) {
        auto taken = take(deadline, acks);
        const bool only_acks = taken && !*taken && !acks.empty();
        if (taken && *taken) {
            if (auto begun = transaction_.begin(); !begun) return std::unexpected(begun.error());
        }
        if (auto sent = send(acks); !sent) return std::unexpected(std::move(sent.error()));
        if (!only_acks) return taken;
    }
}

/// Without prefetch a message comes for the asking only (11.7).
Result<bool> ConsumerState::pull(Timeout timeout) {
    {
        const Lock lock(core_.mutex());
        if (prefetch_ != 0 || obstacle() || deliveries_.ready_at()) return false;
        if (std::exchange(pulling_, true)) return true;
        nothing_more_ = false;
    }
    constexpr std::int64_t kNoWait = -1;
    constexpr std::int64_t kForEver = 0;
    std::int64_t wait_ms = kForEver;
    if (timeout) wait_ms = timeout->count() > 0 ? timeout->count() : kNoWait;
    std::forward_list<std::string> texts;
    const auto sent = core_.send(
        openwire::MessagePull{
            .consumer_id = id_,
            .destination = to_wire(destination_, wire_text(destination_.name, texts)),
            .timeout = wait_ms},
        Link::Flush::now);
    if (!sent) return std::unexpected(sent.error());
    return true;
}

Result<std::optional<Message>> ConsumerState::take(const Core::Deadline& deadline, Acks& acks) {
    Lock lock(core_.mutex());
    for (;;) {
        if (const auto error = obstacle()) return std::unexpected(*error);
        if (listener_) return failure(Errc::wrong_mode, "the consumer has a listener");
        if (auto message = next(acks)) return message;
        if (!acks.empty()) return std::nullopt;
        if (nothing_more_ && !deliveries_.ready_at()) return std::nullopt;
        if (deadline && Clock::now() >= *deadline) return std::nullopt;
        if (const auto until = earlier(deadline, deliveries_.ready_at())) {
            arrived_.wait_until(lock, *until);
        } else {
            arrived_.wait(lock);
        }
    }
}

std::optional<Message> ConsumerState::next(Acks& acks) {
    const Message* const message = deliveries_.next(now(), acks);
    if (message == nullptr) return std::nullopt;
    const bool keeps_nothing = mode_ == Mode::automatic || mode_ == Mode::browse;
    return keeps_nothing ? deliveries_.take_newest(acks) : *message;
}

/// Why nothing can be handed out.
std::optional<Error> ConsumerState::obstacle() const {
    if (shut_) return Error{.code = Errc::closed, .text = "the consumer is closed"};
    if (closed_by_broker_) {
        return Error{.code = Errc::closed, .text = "the broker has closed the consumer"};
    }
    return core_.stopped();
}

// Listening.

Result<void> ConsumerState::set_listener(Listener listener) {
    const Lock lock(core_.mutex());
    if (listener_) return failure(Errc::wrong_mode, "the consumer has a listener");
    if (prefetch_ == 0) return failure(Errc::wrong_mode, "a listener needs a prefetch");
    if (mode_ == Mode::browse) return failure(Errc::wrong_mode, "a browser has no listener");
    listener_ = std::move(listener);
    arrived_.notify_all();
    return {};
}

std::optional<Deliveries::Instant> ConsumerState::listener_ready_at() const {
    if (!listener_ || obstacle()) return std::nullopt;
    return deliveries_.ready_at();
}

bool ConsumerState::serve_listener() {
    Acks acks;
    const Message* message = nullptr;
    std::optional<Message> copy;
    {
        const Lock lock(core_.mutex());
        if (!listener_ready_at()) return false;
        message = deliveries_.next(now(), acks);
        // Other modes let the listener settle the message, which would end its life.
        if (message != nullptr && mode_ != Mode::automatic) message = &copy.emplace(*message);
        if (message != nullptr) listener_at_work_ = std::this_thread::get_id();
    }
    if (message == nullptr) {
        std::ignore = send(acks);  // a failure ends the connection, and with it the listening
        return false;
    }
    if (transaction_.begin() && send(acks)) call_listener(*message);
    const Lock lock(core_.mutex());
    listener_at_work_ = {};
    arrived_.notify_all();
    return true;
}

void ConsumerState::call_listener(const Message& message) {
    bool done = true;
    try {
        listener_(message);
    } catch (...) {  // whatever it is, it is the application's own
        done = false;
    }
    if (mode_ != Mode::automatic) return;
    std::ignore = done ? acknowledge_all() : roll_back();
}

// Settling.

Result<void> ConsumerState::acknowledge_all() {
    Acks acks;
    {
        const Lock lock(core_.mutex());
        deliveries_.acknowledge_all(acks);
    }
    return send(acks);
}

Result<void> ConsumerState::acknowledge(const Message& message) {
    Acks acks;
    {
        const Lock lock(core_.mutex());
        if (mode_ != Mode::individual) {
            return failure(Errc::wrong_mode, "the session does not acknowledge one by one");
        }
        if (!deliveries_.acknowledge_one(message.id, acks)) {
            return failure(Errc::bad_argument, "no such message waits for acknowledgement");
        }
    }
    return send(acks);
}

Result<void> ConsumerState::roll_back() {
    Acks acks;
    {
        const Lock lock(core_.mutex());
        deliveries_.rolled_back(now(), acks);
        arrived_.notify_all();
    }
    return send(acks);
}

void ConsumerState::committed() {
    const Lock lock(core_.mutex());
    deliveries_.committed();
}

bool ConsumerState::has_delivered() const {
    const Lock lock(core_.mutex());
    return deliveries_.delivered() > 0;
}

bool ConsumerState::is_shut() const {
    const Lock lock(core_.mutex());
    return shut_;
}

Result<void> ConsumerState::send(Acks& acks) {
    for (Ack& ack : std::exchange(acks, {})) {
        openwire::MessageAck& command = ack.command;
        command.consumer_id = id_;
        if (ack.in_transaction) {
            if (auto begun = transaction_.begin(); !begun) return begun;
            command.transaction_id = transaction_.id();
        }
        if (!ack.cause.empty()) {
            command.poison_cause =
                openwire::Throwable{.class_name = "javax.jms.JMSException", .message = ack.cause};
        }
        if (auto sent = core_.send(command); !sent) return sent;
    }
    return {};
}

// Receiver.

void ConsumerState::on_dispatch(Delivery delivery) {
    pulling_ = false;
    deliveries_.arrived(std::move(delivery));
    arrived_.notify_all();
}

void ConsumerState::on_nothing_more() {
    pulling_ = false;
    nothing_more_ = true;
    arrived_.notify_all();
}

void ConsumerState::on_prefetch(int prefetch) {
    prefetch_ = prefetch;
    deliveries_.set_prefetch(prefetch);
    arrived_.notify_all();
}

void ConsumerState::on_closed_by_broker() {
    closed_by_broker_ = true;
    arrived_.notify_all();
}

}  // namespace tern::client
