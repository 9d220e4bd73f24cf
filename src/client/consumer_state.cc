#include "client/consumer_state.h"

#include <random>
#include <utility>

namespace tern::client {
namespace {

using Clock = std::chrono::steady_clock;

Deliveries::Now now() {
    thread_local std::minstd_rand random{std::random_device{}()};
    return {.wall = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now()),
            .steady = Clock::now(),
            .chance = std::uniform_real_distribution<double>()(random)};
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
    Core::Confirmed track;
    // Who browses would see everything twice.
    if (core_.fails_over() && !info.browser) {
        track = [kept = std::make_shared<const Owned<openwire::ConsumerInfo>>(info)](
                    Tracker& tracker) { tracker.add(kept); };
    }
    auto subscribed = core_.request(std::move(info), {}, track);
    if (!subscribed) core_.remove(id_);
    return subscribed;
}

void ConsumerState::shut(bool on_session_thread) {
    Lock lock(core_.mutex());
    shut_ = true;
    arrived_.notify_all();
    if (!on_session_thread) {
        arrived_.wait(lock,
                      [this] { return listener_at_work_ == std::thread::id() && !coroutine_; });
    } else if (coroutine_) {
        resume(lock, std::unexpected(*obstacle()), {});
    }
}

Result<void> ConsumerState::unsubscribe() {
    core_.remove(id_);
    std::int64_t last_delivered = 0;
    {
        const Lock lock(core_.mutex());
        if (cut_off_) return {};
        last_delivered = deliveries_.last_delivered_sequence_id();
    }
    return core_.send_end(
        openwire::RemoveInfo{.object_id = id_, .last_delivered_sequence_id = last_delivered},
        [this](Tracker& tracker) { tracker.remove(id_); });
}

// Receiving.

Result<std::optional<Message>> ConsumerState::receive(Timeout timeout) {
    Core::Deadline deadline;
    if (timeout) deadline = Clock::now() + *timeout;
    Acks acks;
    for (;;) {
        const auto pulled = pull(deadline);
        if (!pulled) return std::unexpected(pulled.error());
        auto taken = take(*pulled ? std::nullopt : deadline, acks);
        const bool only_acks = taken && !*taken && (!acks.empty() || pulls_again());
        if (taken && *taken) {
            if (auto begun = transaction_.begin(); !begun) return std::unexpected(begun.error());
        }
        if (auto sent = send(acks); !sent) return std::unexpected(std::move(sent.error()));
        if (!only_acks) return taken;
    }
}

bool ConsumerState::pulls_again() {
    const Lock lock(core_.mutex());
    return std::exchange(pull_lost_, false);
}

/// Without prefetch a message comes for the asking only (11.7).
Result<bool> ConsumerState::pull(const Core::Deadline& deadline) {
    Core::Epoch epoch = 0;
    {
        const Lock lock(core_.mutex());
        if (prefetch_ != 0 || obstacle() || deliveries_.ready_at()) return false;
        if (std::exchange(pulling_, true)) return true;
        nothing_more_ = pull_lost_ = false;
        epoch = core_.epoch_now();
    }
    constexpr std::int64_t kNoWait = -1;
    constexpr std::int64_t kForEver = 0;
    std::int64_t wait_ms = kForEver;
    if (deadline) {
        const auto left = std::chrono::ceil<milliseconds>(*deadline - Clock::now());
        wait_ms = left.count() > 0 ? left.count() : kNoWait;
    }
    std::forward_list<std::string> texts;
    const auto sent =
        core_.send_in(epoch,
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
        if (pull_lost_) return std::nullopt;
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
    std::optional<Message> taken;
    if (message != nullptr) {
        const bool keeps_nothing = mode_ == Mode::automatic || mode_ == Mode::browse;
        taken = keeps_nothing ? deliveries_.take_newest(acks) : *message;
    }
    for (Ack& ack : acks) ack.epoch = core_.epoch_now();
    return taken;
}

/// Why nothing can be handed out.
std::optional<Error> ConsumerState::obstacle() const {
    if (shut_) return Error{.code = Errc::closed, .text = "the consumer is closed"};
    if (closed_by_broker_) {
        return Error{.code = Errc::closed, .text = "the broker has closed the consumer"};
    }
    if (cut_off_) {
        return Error{.code = Errc::connection_lost, .text = "in the middle of a browse"};
    }
    return core_.stopped();
}

// Listening.

Result<void> ConsumerState::set_listener(Listener listener) {
    const Lock lock(core_.mutex());
    if (listener_) return failure(Errc::wrong_mode, "the consumer has a listener");
    if (coroutine_) return failure(Errc::wrong_mode, "a coroutine waits for messages");
    if (prefetch_ == 0) return failure(Errc::wrong_mode, "a listener needs a prefetch");
    if (mode_ == Mode::browse) return failure(Errc::wrong_mode, "a browser has no listener");
    listener_ = std::move(listener);
    arrived_.notify_all();
    return {};
}

std::optional<Deliveries::Instant> ConsumerState::listener_ready_at() const {
    if (coroutine_ && obstacle()) return Deliveries::Instant::min();
    if (!coroutine_ && (!listener_ || obstacle())) return std::nullopt;
    return deliveries_.ready_at();
}

Result<void> ConsumerState::await_next(std::coroutine_handle<> coroutine,
                                       Result<Message>& message) {
    const Lock lock(core_.mutex());
    if (const auto error = obstacle()) return std::unexpected(*error);
    if (listening_ended_) return failure(Errc::closed, "the session is closed");
    if (listener_) return failure(Errc::wrong_mode, "the consumer has a listener");
    if (coroutine_) return failure(Errc::wrong_mode, "another coroutine waits already");
    if (prefetch_ == 0) return failure(Errc::wrong_mode, "a coroutine needs a prefetch");
    coroutine_ = coroutine;
    coroutine_message_ = &message;
    arrived_.notify_all();
    return {};
}

void ConsumerState::end_listening() {
    Lock lock(core_.mutex());
    listening_ended_ = true;
    if (coroutine_) resume(lock, failure(Errc::closed, "the session is closed"), {});
}

bool ConsumerState::serve_coroutine() {
    Acks acks;
    Lock lock(core_.mutex());
    if (!coroutine_) return false;
    if (const auto error = obstacle()) {
        resume(lock, std::unexpected(*error), {});
        return true;
    }
    auto message = next(acks);
    if (!message) {
        lock.unlock();
        std::ignore = send(acks);  // as below
        return false;
    }
    resume(lock, std::move(*message), std::move(acks));
    return true;
}

/// Returns when the coroutine waits for the next one, or for something else, or is done.
void ConsumerState::resume(Lock& lock, Result<Message> message, Acks acks) {
    const auto coroutine = std::exchange(coroutine_, {});
    Result<Message>& place = *std::exchange(coroutine_message_, nullptr);
    const auto before = std::exchange(listener_at_work_, std::this_thread::get_id());
    lock.unlock();
    if (message) {
        if (auto begun = transaction_.begin(); !begun) message = std::unexpected(begun.error());
        if (auto sent = send(acks); !sent) message = std::unexpected(std::move(sent.error()));
    }
    place = std::move(message);
    coroutine.resume();
    lock.lock();
    listener_at_work_ = before;
    arrived_.notify_all();
}

bool ConsumerState::serve_listener() {
    if (serve_coroutine()) return true;
    Acks acks;
    const Message* message = nullptr;
    std::optional<Message> copy;
    // Other modes let the listener settle the message, and a loss may, which ends its life.
    const bool copies = mode_ != Mode::automatic || core_.fails_over();
    {
        const Lock lock(core_.mutex());
        if (!listener_ || !listener_ready_at()) return false;
        message = deliveries_.next(now(), acks);
        for (Ack& ack : acks) ack.epoch = core_.epoch_now();
        if (message != nullptr && copies) message = &copy.emplace(*message);
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
    Lock lock(core_.mutex());
    deliveries_.acknowledge_all(acks);
    return send_collected(std::move(lock), std::move(acks));
}

Result<void> ConsumerState::acknowledge(const Message& message) {
    Acks acks;
    Lock lock(core_.mutex());
    if (mode_ != Mode::individual) {
        return failure(Errc::wrong_mode, "the session does not acknowledge one by one");
    }
    if (!deliveries_.acknowledge_one(message.id, acks)) {
        return failure(Errc::bad_argument, "no such message waits for acknowledgement");
    }
    return send_collected(std::move(lock), std::move(acks));
}

Result<void> ConsumerState::roll_back() {
    Acks acks;
    Lock lock(core_.mutex());
    deliveries_.rolled_back(now(), acks);
    arrived_.notify_all();
    return send_collected(std::move(lock), std::move(acks));
}

void ConsumerState::committed() {
    const Lock lock(core_.mutex());
    deliveries_.committed();
}

bool ConsumerState::has_delivered() const {
    const Lock lock(core_.mutex());
    return deliveries_.delivered() + deliveries_.missing() > 0;
}

bool ConsumerState::misses_delivered() const {
    const Lock lock(core_.mutex());
    return deliveries_.missing() > 0;
}

bool ConsumerState::is_shut() const {
    const Lock lock(core_.mutex());
    return shut_;
}

Result<void> ConsumerState::send_collected(Lock lock, Acks acks) {
    for (Ack& ack : acks) ack.epoch = core_.epoch_now();
    lock.unlock();
    return send(acks);
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
        if (auto sent = core_.send_in(ack.epoch, command); !sent) return sent;
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

void ConsumerState::on_interrupted() {
    deliveries_.connection_lost();
    if (std::exchange(pulling_, false)) pull_lost_ = true;
    cut_off_ = mode_ == Mode::browse;
    nothing_more_ = false;
    arrived_.notify_all();
}

void ConsumerState::on_closed_by_broker() {
    closed_by_broker_ = true;
    arrived_.notify_all();
}

}  // namespace tern::client
