#include "client/core.h"

#include "base/assert.h"
#include "protocol/openwire/codec/own.h"

#include <fmt/format.h>

#include <random>
#include <unistd.h>
#include <utility>

namespace tern::client {
namespace {

using Clock = std::chrono::steady_clock;

/// Unlike any other connection's, and in the form that other clients use (9.1).
std::string make_connection_id() {
    static std::atomic<std::uint64_t> instance{0};
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host = {"localhost"};
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto now_ms = std::chrono::duration_cast<milliseconds>(now).count();
    return fmt::format("ID:{}-{}-{}-{}:1", host.data(), std::random_device{}(), now_ms, ++instance);
}

Error error_of(const openwire::Box<openwire::Throwable>& exception) {
    Error error{.code = Errc::refused};
    if (exception) {
        error.exception_class = own_text(exception->class_name);
        error.text = own_text(exception->message);
    }
    return error;
}

openwire::Text text_or_null(std::string_view wire) {
    return wire.empty() ? openwire::Text() : openwire::Text(wire);
}

}  // namespace

Core::Core(ConnectionOptions options)
    : options_(std::move(options)), connection_id_(make_connection_id()) {}

Core::~Core() {
    if (reconnector_) reconnector_->stop();
    if (link_) link_->stop();
    if (dead_) dead_->stop();
}

Result<void> Core::open(std::unique_ptr<Link> link) {
    link_ = std::move(link);
    state_ = State::up;
    if (auto started = link_->start(*this); !started) return started;
    return log_in(*link_, false);
}

Result<void> Core::open(const Url& url) {
    auto dialer = Dialer::create(options_, url);
    if (!dialer) return std::unexpected(std::move(dialer.error()));
    if (!url.failover) {
        auto link = dialer->dial(url.brokers.front());
        if (!link) return std::unexpected(std::move(link.error()));
        return open(std::move(*link));
    }
    patience_ = url.failover->timeout;
    tracker_ = Tracker(url.failover->track_messages ? url.failover->max_cache_size : 0);
    Reconnector::Client& self = *this;
    reconnector_ = std::make_unique<Reconnector>(self, std::move(*dialer), url);
    on_stop_.emplace(options_.stop_waiting, [this] { wait_no_more(); });
    if (auto started = reconnector_->start(); !started) return started;
    Lock lock(mutex_);
    changed_.wait(lock, [this] { return state_ == State::up || ended_ || !waits_; });
    if (ended_) return std::unexpected(*ended_);
    if (state_ != State::up) return failure(Errc::interrupted);
    return {};
}

Result<void> Core::log_in(Link& link, bool again) {
    std::forward_list<std::string> texts;
    const std::string_view client_id = wire_text(options_.client_id, texts);
    openwire::ConnectionInfo info{
        .connection_id = openwire::ConnectionId{.value = connection_id_},
        .client_id = client_id.empty() ? std::string_view(connection_id_) : client_id,
        .password = text_or_null(wire_text(options_.password, texts)),
        .user_name = text_or_null(wire_text(options_.user, texts)),
        .manageable = true,
        .fault_tolerant = fails_over(),
        .failover_reconnect = again};
    const Deadline until =
        deadline(options_.request_timeout ? options_.request_timeout : options_.connect_timeout);
    Waiter waiter;
    std::int32_t id = 0;
    {
        const Lock lock(mutex_);
        if (ended_) return std::unexpected(*ended_);
        id = enlist(info, {.waiter = &waiter, .on_loss = OnLoss::fail});
    }
    if (auto sent = link.send(info, Link::Flush::now); !sent) {
        forget(id);
        return sent;
    }
    return await(waiter, id, until);
}

Result<void> Core::close() {
    bool connected = false;
    std::shared_ptr<Link> link;
    {
        const Lock lock(mutex_);
        closing_ = true;
        connected = state_ == State::up && !ended_;
        for (const auto& [key, receiver] : receivers_) receiver->on_stopped();
        changed_.notify_all();
    }
    Result<void> done = connected ? log_out() : Result<void>();
    {
        const Lock lock(mutex_);
        link = link_;
    }
    if (link) link->stop();
    end(connection_closed());
    if (reconnector_) reconnector_->stop();
    return done;
}

/// OpenWire reference, 9.4. Consumers are removed one by one, because each knows for itself how far
/// its application has got.
Result<void> Core::log_out() {
    std::vector<openwire::RemoveInfo> consumers;
    {
        const Lock lock(mutex_);
        for (const auto& [key, receiver] : receivers_) {
            consumers.push_back(
                {.object_id = openwire::ConsumerId{connection_id_, key.first, key.second},
                 .last_delivered_sequence_id = receiver->last_delivered_sequence_id()});
        }
    }
    openwire::RemoveInfo all{.object_id = openwire::ConnectionId{.value = connection_id_}};
    Waiter waiter;
    const Deadline until = deadline(options_.close_timeout);
    const auto going = expect(all, {.waiter = &waiter, .on_loss = OnLoss::fail}, until);
    if (!going) return std::unexpected(going.error());
    for (const auto& consumer : consumers) {
        if (auto sent = going->link->send(consumer, Link::Flush::soon); !sent) return sent;
    }
    if (auto sent = going->link->send(all, Link::Flush::now); !sent) return sent;
    if (auto removed = await(waiter, going->command_id, until); !removed) return removed;
    return going->link->send(openwire::ShutdownInfo(), Link::Flush::now);
}

void Core::interrupt() {
    const Lock lock(mutex_);
    interrupted_ = true;
    for (const auto& [key, receiver] : receivers_) receiver->on_stopped();
    changed_.notify_all();
}

void Core::wait_no_more() {
    const Lock lock(mutex_);
    waits_ = false;
    changed_.notify_all();
}

// Requests.

void Core::forget(std::int32_t command_id) {
    const Lock lock(mutex_);
    pending_.erase(command_id);
}

Result<void> Core::await(Waiter& waiter, std::int32_t command_id, Deadline until) {
    Lock lock(mutex_);
    const auto answered = [&waiter] { return waiter.answer.has_value(); };
    if (!until) {
        waiter.answered.wait(lock, answered);
    } else if (!waiter.answered.wait_until(lock, *until, answered)) {
        pending_.erase(command_id);
        return failure(Errc::timed_out);
    }
    return std::move(*waiter.answer);
}

Core::Deadline Core::deadline(Timeout timeout) const {
    const Timeout longest = timeout ? timeout : options_.request_timeout;
    if (!longest) return std::nullopt;
    return Clock::now() + *longest;
}

Result<void> Core::request(WireMessage message, Timeout timeout) {
    const Deadline until = deadline(timeout);
    Waiter waiter;
    Result<Going> going = failure(Errc::closed);
    Result<void> sent;
    if (fails_over()) {
        const auto kept = std::make_shared<KeptMessage>(std::move(message));
        going = expect(kept, {.waiter = &waiter}, until, std::nullopt);
        if (going) sent = going->link->send(kept->wire, Link::Flush::now);
    } else {
        going = expect(message.message, {.waiter = &waiter, .on_loss = OnLoss::fail}, until);
        if (going) sent = going->link->send(message, Link::Flush::now);
    }
    if (!going) return std::unexpected(std::move(going.error()));
    if (!sent && !made_up_for(sent)) {
        forget(going->command_id);
        return sent;
    }
    return await(waiter, going->command_id, until);
}

Result<void> Core::send(WireMessage message) {
    if (!fails_over()) return link_->send(message, Link::Flush::soon);
    const auto kept = std::make_shared<const KeptMessage>(std::move(message));
    Epoch tried = -1;
    for (;;) {
        Lock lock(mutex_);
        auto link = await_link(lock, std::nullopt, tried);
        if (!link) return std::unexpected(std::move(link.error()));
        if (tried < 0) tracker_.record(kept);
        tried = epoch_;
        lock.unlock();
        auto sent = (*link)->send(kept->wire, Link::Flush::soon);
        if (!made_up_for(sent)) return sent;
    }
}

Result<void> Core::send_ahead(WireMessage message, const std::shared_ptr<SendWindow>& window,
                              std::size_t unconfirmed_max, Completion completion,
                              std::optional<std::int64_t> transaction) {
    {
        Lock lock(mutex_);
        window->changed.wait(lock, [&] { return window->unconfirmed < unconfirmed_max || ended_; });
        if (ended_) return std::unexpected(*ended_);
        ++window->unconfirmed;
    }
    Pending pending{.window = window, .completion = std::move(completion)};
    Result<Going> going = failure(Errc::closed);
    Result<void> sent;
    if (fails_over()) {
        const auto kept = std::make_shared<KeptMessage>(std::move(message));
        going = expect(kept, std::move(pending), std::nullopt, transaction);
        if (going) sent = going->link->send(kept->wire, Link::Flush::soon);
    } else {
        pending.on_loss = OnLoss::fail;
        going = expect(message.message, std::move(pending), std::nullopt);
        if (going) sent = going->link->send(message, Link::Flush::soon);
    }
    if (!going) sent = std::unexpected(going.error());
    if (sent || made_up_for(sent)) return {};
    const Lock lock(mutex_);
    if (going && pending_.erase(going->command_id) == 0) return {};  // `end` has reported it
    --window->unconfirmed;
    return sent;
}

Result<void> Core::drain(SendWindow& window, Timeout timeout) {
    const Deadline until = deadline(timeout);
    Lock lock(mutex_);
    const auto empty = [&window] { return window.unconfirmed == 0; };
    if (!until) {
        window.changed.wait(lock, empty);
    } else if (!window.changed.wait_until(lock, *until, empty)) {
        return failure(Errc::timed_out);
    }
    const auto failed = std::exchange(window.failure, std::nullopt);
    if (failed) return std::unexpected(*failed);
    return {};
}

// Receivers.

void Core::add(const openwire::ConsumerId& id, Receiver& receiver) {
    const Lock lock(mutex_);
    receivers_.emplace(ReceiverKey(id.session_id, id.value), &receiver);
}

void Core::remove(const openwire::ConsumerId& id) {
    const Lock lock(mutex_);
    receivers_.erase(ReceiverKey(id.session_id, id.value));
}

Receiver* Core::find(const std::optional<openwire::ConsumerId>& id) {
    if (!id) return nullptr;
    const auto found = receivers_.find(ReceiverKey(id->session_id, id->value));
    return found == receivers_.end() ? nullptr : found->second;
}

std::optional<Error> Core::stopped() const {
    if (ended_) return ended_;
    if (closing_) return connection_closed();
    if (interrupted_) return Error{.code = Errc::interrupted};
    return std::nullopt;
}

/// Tells everybody who waits for anything.
void Core::end(const Error& why) {
    Answered answered;
    {
        const Lock lock(mutex_);
        if (ended_) return;
        ended_ = why;
        changed_.notify_all();
        for (const auto& [key, receiver] : receivers_) receiver->on_stopped();
        for (auto& [id, pending] : std::exchange(pending_, {})) {
            if (pending.waiter != nullptr) {
                wake(*pending.waiter, std::unexpected(why));
            } else {
                answered.emplace_back(std::move(pending), std::unexpected(why));
            }
        }
    }
    complete(answered);
}

/// Under the mutex, or the waiter could be gone.
void Core::wake(Waiter& waiter, Result<void> answer) {
    waiter.answer = std::move(answer);
    waiter.answered.notify_one();
}

/// Not under the mutex. Whoever waits for the window finds that all is said and done.
void Core::complete(const Pending& pending, const Result<void>& answer) {
    if (pending.completion) pending.completion(answer);
    if (!pending.window) return;
    const Lock lock(mutex_);
    --pending.window->unconfirmed;
    if (!answer && !pending.window->failure) pending.window->failure = answer.error();
    pending.window->changed.notify_all();
}

void Core::complete(const Answered& answered) {
    for (const auto& [pending, answer] : answered) complete(pending, answer);
}

// The link's thread.

void Core::on_command(openwire::Command& command) {
    if (auto* const dispatch = std::get_if<openwire::MessageDispatch>(&command)) {
        on_dispatch(*dispatch);
    } else if (const auto* const response = std::get_if<openwire::Response>(&command)) {
        on_answer(response->correlation_id, {});
    } else if (const auto* const refused = std::get_if<openwire::ExceptionResponse>(&command)) {
        on_answer(refused->correlation_id, std::unexpected(error_of(refused->exception)));
    } else if (const auto* const control = std::get_if<openwire::ConsumerControl>(&command)) {
        on_control(*control);
    } else if (const auto* const error = std::get_if<openwire::ConnectionError>(&command)) {
        report(error_of(error->exception));
    } else if (const auto* const news = std::get_if<openwire::ConnectionControl>(&command)) {
        if (reconnector_) reconnector_->on_control(*news);
    }
    // Everything else informs about things that we do not use.
}

void Core::on_lost(const Error& error) {
    bool expected = false;
    bool was_up = false;
    bool goes_on = false;
    Answered answered;
    {
        const Lock lock(mutex_);
        expected = closing_;  // the broker may hang up before we do
        was_up = state_ == State::up;
        goes_on = fails_over() && !closing_ && !ended_;
        if (goes_on) go_down(answered);
    }
    complete(answered);
    if (goes_on) {
        if (was_up) reconnector_->lost(error);  // otherwise Core::take finds out
        return;
    }
    end(expected ? connection_closed() : error);
    if (!expected) report(error);
}

void Core::on_answer(std::int32_t correlation_id, Result<void> answer) {
    Pending pending;
    {
        const Lock lock(mutex_);
        const auto found = pending_.find(correlation_id);
        if (found == pending_.end()) return;  // somebody has given up waiting
        pending = std::move(found->second);
        pending_.erase(found);
        if (answer && pending.confirmed && fails_over()) pending.confirmed(tracker_);
        if (pending.waiter != nullptr) return wake(*pending.waiter, std::move(answer));
    }
    complete(pending, answer);
}

void Core::on_dispatch(openwire::MessageDispatch& dispatch) {
    std::optional<Delivery> delivery;
    if (dispatch.message) {
        if (!dispatch.message->message_id) return;  // could not even be acknowledged
        delivery.emplace(Delivery{.message = from_wire(*dispatch.message)});
        delivery->message.redelivery_count = dispatch.redelivery_counter;
        // One piece of memory for both.
        openwire::MessageAck names{.destination = dispatch.destination,
                                   .last_message_id = dispatch.message->message_id};
        delivery->texts = own(names);
        if (names.destination) delivery->destination = *names.destination;
        delivery->id = *names.last_message_id;
    }
    const Lock lock(mutex_);
    Receiver* const receiver = find(dispatch.consumer_id);
    if (receiver == nullptr) return;  // closed meanwhile: the broker keeps the message
    if (delivery) {
        receiver->on_dispatch(std::move(*delivery));
    } else {
        receiver->on_nothing_more();
    }
}

void Core::on_control(const openwire::ConsumerControl& control) {
    const Lock lock(mutex_);
    Receiver* const receiver = find(control.consumer_id);
    if (receiver == nullptr) return;
    if (control.close) {
        receiver->on_closed_by_broker();
    } else {
        receiver->on_prefetch(control.prefetch);
    }
}

void Core::report(const Error& error) const {
    if (options_.on_error) options_.on_error(error);
}

}  // namespace tern::client
