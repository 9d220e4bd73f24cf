// How a connection with failover survives its link (OpenWire reference, 17).

#include "client/core.h"
#include "protocol/openwire/codec/id_text.h"

#include <algorithm>

namespace tern::client {
namespace {

using Clock = std::chrono::steady_clock;

Error transaction_error(Errc code, std::string text) {
    return {.code = code,
            .exception_class = "javax.jms.TransactionRolledBackException",
            .text = std::move(text)};
}

bool is_gone(const Result<void>& sent) {
    return !sent && (sent.error() == Errc::connection_lost || sent.error() == Errc::closed);
}

/// A command that does not fit this broker is no reason to do without it.
Result<void> unless_gone(Result<void> sent) {
    return is_gone(sent) ? sent : Result<void>();
}

openwire::ConnectionId id_of(std::string_view connection) {
    return {.value = connection};
}

}  // namespace

Result<Core::Epoch> Core::epoch() {
    Lock lock(mutex_);
    const auto link = await_link(lock, deadline({}));
    if (!link) return std::unexpected(link.error());
    return epoch_;
}

bool Core::made_up_for(const Result<void>& sent) const {
    return fails_over() && is_gone(sent);
}

/// Why nobody should wait for one.
std::optional<Error> Core::no_link() const {
    if (ended_) return ended_;
    if (closing_) return connection_closed();
    if (interrupted_ || !waits_) return Error{.code = Errc::interrupted};
    return std::nullopt;
}

/// The link in service, if need be one after the epoch `beyond`.
Result<std::shared_ptr<Link>> Core::await_link(Lock& lock, Deadline until, Epoch beyond) {
    const auto is_up = [this, beyond] { return state_ == State::up && epoch_ > beyond; };
    if (ended_) return std::unexpected(*ended_);
    if (is_up()) return link_;
    std::string late = "no connection in time";
    if (patience_ >= milliseconds::zero()) {
        const auto given_up = Clock::now() + patience_;
        if (!until || given_up < *until) {
            until = given_up;
            late = "failover timeout of " + std::to_string(patience_.count()) + " ms reached";
        }
    }
    while (!is_up()) {
        if (auto error = no_link()) return std::unexpected(std::move(*error));
        if (!until) {
            changed_.wait(lock);
        } else if (Clock::now() >= *until) {
            return failure(Errc::timed_out, late);
        } else {
            changed_.wait_until(lock, *until);
        }
    }
    if (ended_) return std::unexpected(*ended_);
    return link_;
}

Result<Core::Going> Core::expect(const std::shared_ptr<KeptMessage>& message, Pending pending,
                                 Deadline until, std::optional<std::int64_t> transaction) {
    Lock lock(mutex_);
    auto link = await_link(lock, until);
    if (!link) return std::unexpected(std::move(link.error()));
    if (transaction) {
        pending.on_loss = OnLoss::with_transaction;
        message->window = pending.window;
    } else {
        pending.again = [message](Link& next) {
            return next.send(message->wire, Link::Flush::soon);
        };
    }
    const std::int32_t id = enlist(message->wire.message, std::move(pending));
    if (transaction) tracker_.record(*transaction, message);
    return Going{std::move(*link), id};
}

/// From here on a loss does not bring the transaction back: nobody would know whether twice.
Result<void> Core::request_end(openwire::TransactionInfo info, std::int64_t transaction,
                               std::optional<Epoch> epoch) {
    const bool commits = info.operation != openwire::TransactionOperation::rollback;
    const Deadline until = deadline({});
    Waiter waiter;
    std::shared_ptr<Link> link;
    std::int32_t id = 0;
    {
        Lock lock(mutex_);
        if (!commits && fails_over() && state_ == State::down && !ended_) {
            tracker_.end(transaction);
            return {};  // the loss has rolled it back
        }
        auto up = await_link(lock, until);
        if (!up) return std::unexpected(std::move(up.error()));
        if (epoch && *epoch != epoch_) {
            return std::unexpected(transaction_error(
                Errc::rolled_back, "what was received in it may have gone to others since"));
        }
        tracker_.end(transaction);
        OnLoss on_loss = OnLoss::fail;
        if (fails_over()) on_loss = commits ? OnLoss::doubt : OnLoss::done;
        id = enlist(info, {.waiter = &waiter, .on_loss = on_loss});
        link = std::move(*up);
    }
    auto sent = link->send(info, Link::Flush::now);
    if (!sent && !made_up_for(sent)) {
        forget(id);
        return sent;
    }
    return await(waiter, id, until);
}

// A link is lost.

/// Under the mutex.
void Core::go_down(Answered& answered) {
    state_ = State::down;
    ++epoch_;
    audit_.connection_lost();
    dead_ = std::move(link_);
    for (const auto& [key, receiver] : receivers_) receiver->on_interrupted();
    answer_lost(answered);
    changed_.notify_all();
}

/// What nobody will answer any more.
void Core::answer_lost(Answered& answered) {
    for (auto it = pending_.begin(); it != pending_.end();) {
        Pending& pending = it->second;
        std::optional<Result<void>> answer;
        switch (pending.on_loss) {
            case OnLoss::repeat:
            case OnLoss::with_transaction:
                ++it;
                continue;
            case OnLoss::forget:
                break;
            case OnLoss::fail:
                answer = failure(Errc::connection_lost);
                break;
            case OnLoss::done:
                answer = Result<void>();
                break;
            case OnLoss::doubt:
                answer = std::unexpected(
                    transaction_error(Errc::in_doubt, "the connection was lost during the commit"));
                break;
        }
        if (answer && pending.waiter != nullptr) {
            wake(*pending.waiter, std::move(*answer));
        } else if (answer) {
            answered.emplace_back(std::move(pending), std::move(*answer));
        }
        it = pending_.erase(it);
    }
}

std::shared_ptr<Link> Core::leave(const Error& why) {
    Answered answered;
    std::shared_ptr<Link> left;
    {
        const Lock lock(mutex_);
        if (state_ != State::up || closing_ || ended_) return nullptr;
        go_down(answered);
        left = std::move(dead_);
    }
    complete(answered);
    interrupted(why);
    return left;
}

std::shared_ptr<Link> Core::take_dead() {
    const Lock lock(mutex_);
    return std::move(dead_);
}

void Core::give_up(const Error& why) {
    end(why);
    report(why);
}

// Another one comes.

Result<void> Core::take(std::shared_ptr<Link> link, bool again) {
    {
        const Lock lock(mutex_);
        if (ended_ || closing_) return failure(Errc::closed);
        state_ = State::restoring;
        link_ = link;
    }
    Result<void> taken = link->start(*this);
    if (taken && again) {
        taken = link->send(openwire::ConnectionControl{.fault_tolerant = true}, Link::Flush::soon);
    }
    if (taken) taken = log_in(*link, again);
    if (taken && again) taken = replay(*link);

    Answered answered;
    {
        const Lock lock(mutex_);
        if (state_ == State::restoring && taken) {
            state_ = State::up;
            changed_.notify_all();
            return {};
        }
        if (state_ == State::restoring && !ended_) go_down(answered);
        // Whoever called stops it.
        if (dead_ == link) dead_.reset();
    }
    complete(answered);
    if (taken) return failure(Errc::connection_lost);
    return taken;
}

void Core::interrupted(const Error& why) {
    if (options_.on_interrupted) options_.on_interrupted(why);
}

void Core::resumed(const Endpoint& broker) {
    if (options_.on_resumed) options_.on_resumed(broker.text());
}

void Core::still_trying(const Error& why) {
    if (options_.on_retrying) options_.on_retrying(why);
}

Result<void> Core::replay(Link& link) {
    Tracker tracker(0);
    std::vector<std::pair<std::uint32_t, std::function<Result<void>(Link&)>>> unanswered;
    {
        const Lock lock(mutex_);
        if (state_ != State::restoring) return failure(Errc::connection_lost);
        tracker = tracker_;
        for (const auto& [id, pending] : pending_) {
            if (pending.on_loss != OnLoss::repeat || !pending.again) continue;
            // Numbers wrap around: age tells the order.
            const auto age = static_cast<std::uint32_t>(last_command_id_ - id) & 0x7FFFFFFFU;
            unanswered.emplace_back(age, pending.again);
        }
    }
    if (auto done = replay(link, tracker); !done) return done;
    std::ranges::sort(unanswered, std::greater<>(), [](const auto& one) { return one.first; });
    for (const auto& [age, send_again] : unanswered) {
        if (auto sent = unless_gone(send_again(link)); !sent) return sent;
    }
    return {};
}

Result<void> Core::replay(Link& link, const Tracker& tracker) {
    constexpr auto kSoon = Link::Flush::soon;
    for (const auto& [name, destination] : tracker.temporaries()) {
        if (auto sent = unless_gone(link.send(destination->command, kSoon)); !sent) return sent;
    }
    for (const auto& [id, session] : tracker.sessions()) {
        const openwire::SessionInfo info{.session_id = openwire::SessionId{connection_id_, id}};
        if (auto sent = link.send(info, kSoon); !sent) return sent;
        for (const auto& [number, producer] : session.producers) {
            if (auto sent = unless_gone(link.send(producer->command, kSoon)); !sent) return sent;
        }
        for (const auto& [number, consumer] : session.consumers) {
            if (auto sent = restore(link, consumer->command); !sent) return sent;
        }
    }
    for (const auto& [transaction, messages] : tracker.transactions()) {
        if (auto sent = replay(link, tracker, transaction, messages); !sent) return sent;
    }
    for (const auto& message : tracker.cached()) {
        if (auto sent = unless_gone(link.send(message->wire, kSoon)); !sent) return sent;
    }
    return {};
}

/// Whether it is still waited for or not: this broker may see it differently.
void Core::expect_again(const KeptMessage& message) {
    const Lock lock(mutex_);
    Pending pending{.window = message.window, .on_loss = OnLoss::with_transaction};
    const bool is_new =
        pending_.try_emplace(message.wire.message.command_id, std::move(pending)).second;
    if (is_new) ++message.window->unconfirmed;
}

/// What was received in it comes again by itself, see Deliveries.
Result<void> Core::replay(Link& link, const Tracker& tracker, std::int64_t transaction,
                          const std::vector<Tracker::Message>& messages) {
    constexpr auto kSoon = Link::Flush::soon;
    const openwire::TransactionInfo begin{
        .connection_id = id_of(connection_id_),
        .transaction_id = openwire::LocalTransactionId{.value = transaction,
                                                       .connection_id = id_of(connection_id_)},
        .operation = openwire::TransactionOperation::begin};
    if (auto sent = link.send(begin, kSoon); !sent) return sent;
    // Producers that were closed meanwhile are needed once more.
    std::vector<openwire::ProducerId> closed;
    for (const auto& message : messages) {
        const openwire::ProducerId& producer = *message->wire.message.producer_id;
        if (!tracker.has(producer) && std::ranges::find(closed, producer) == closed.end()) {
            closed.push_back(producer);
            const openwire::ProducerInfo info{.producer_id = producer};
            if (auto sent = link.send(info, kSoon); !sent) return sent;
        }
        expect_again(*message);
        if (auto sent = unless_gone(link.send(message->wire, kSoon)); !sent) return sent;
    }
    for (const auto& producer : closed) {
        if (auto sent = link.send(openwire::RemoveInfo{.object_id = producer}, kSoon); !sent) {
            return sent;
        }
    }
    return {};
}

/// A consumer that the broker does not want any more is closed, and somebody hears why.
Result<void> Core::restore(Link& link, const openwire::ConsumerInfo& consumer) {
    openwire::ConsumerInfo info = consumer;
    const openwire::ConsumerId id = *consumer.consumer_id;
    auto refused = [this, session = id.session_id, value = id.value](const Result<void>& answer) {
        if (answer) return;
        {
            const Lock lock(mutex_);
            tracker_.remove(openwire::ConsumerId{connection_id_, session, value});
            const auto found = receivers_.find(ReceiverKey(session, value));
            if (found != receivers_.end()) found->second->on_closed_by_broker();
        }
        report(answer.error());
    };
    {
        const Lock lock(mutex_);
        std::ignore = enlist(info, {.completion = std::move(refused), .on_loss = OnLoss::forget});
    }
    return unless_gone(link.send(info, Link::Flush::soon));
}

}  // namespace tern::client
