#include "broker/api/errors.h"
#include "broker/schedule/schedule.h"
#include "engine/connection.h"
#include "engine/declared_queue.h"
#include "engine/shard_broker.h"

#include <algorithm>
#include <utility>

namespace tern::engine {

using broker::Destination;
using broker::Errc;
using broker::Origin;
using broker::Token;

namespace {

bool refuses(const broker::QueueInfoPtr& queue) {
    const DeclaredQueue* const known = declared(*queue);
    return known != nullptr && known->admission->refuses();
}

}  // namespace

void Connection::publish(broker::Publish command) {
    if (const auto known = translate(command.to)) {
        command.to = known->view();
        return publish(std::move(command));
    }
    if (waits()) return park(repeat(command));
    if (command.message->large() != nullptr && awaits_body(command)) return;
    if (guarded()) {
        if (const auto error = may_publish(command.to)) return complete(command.token, error);
    }
    if (is_ordered(command)) return;
    if (const auto error = intercept(command)) return complete(command.token, error);
    if (const Origin id = message_id(command); id.producer != 0) command.origin = id;
    if (const auto error = schedule(command)) return complete(command.token, error);
    if (const auto absent = find_absent(command.to)) {
        std::ignore = ensure(absent->view(), command.token, repeat(command));
        return;
    }
    if (!command.transaction) return publish_now(std::move(command));
    const auto found = transactions_.find(command.transaction);
    if (found == transactions_.end()) {
        return complete(command.token, make_error_code(Errc::no_such_transaction));
    }
    const std::size_t most = shard_.settings().uncommitted_max;
    if (most > 0 && found->second.publishes.size() >= most) {
        return refuse_more(command.transaction, command.token);
    }
    ++published_;
    found->second.bytes += command.message->memory_bytes();
    const std::uint64_t trace = shard_.trace_received(number_, command.to, *command.message);
    found->second.publishes.push_back({.to = Destination(command.to),
                                       .message = std::move(command.message),
                                       .origin = command.origin,
                                       .trace = trace});
    complete(command.token);
}

bool Connection::awaits_body(const broker::Publish& command) {
    const LargeBodyPtr& body = command.message->large();
    store::LargeFiles* const files = shard_.store().large();
    if (files == nullptr || store::LargeFiles::is_sealed(*body)) return false;
    waiting_ = true;
    files->seal(body, [&shard = shard_, number = number_, token = command.token,
                       again = repeat(command)](const Result<void>& sealed) mutable {
        shard.loop().deliver([&shard, number, token, sealed, again = std::move(again)]() mutable {
            Connection* const self = shard.find(number);
            if (self == nullptr || self->closed_) return;
            self->waiting_ = false;
            if (sealed) {
                again();
            } else {
                const bool full = sealed.error() == std::errc::no_space_on_device;
                self->complete(token, full ? Errc::no_space : Errc::storage_failed);
            }
            self->resume();
        });
    });
    return true;
}

std::optional<Destination> Connection::find_absent(const broker::DestinationView& to) const {
    const auto there = [this](const broker::DestinationView& one) {
        return exists(one) && !is_missing(one);
    };
    if (shard_.forwards().empty()) {
        return there(to) ? std::nullopt : std::optional(Destination(to));
    }
    for (Destination& one : shard_.forwards().follow(to, nullptr)) {
        if (!there(one.view())) return std::move(one);
    }
    return {};
}

bool Connection::is_ordered(const broker::Publish& command) {
    if (!shard_.settings().scheduler.enabled || !broker::is_schedule_management(command.to)) {
        return false;
    }
    shard_.order(broker::read_order(*command.message, shard_.formats()));
    complete(command.token);
    return true;
}

std::error_code Connection::intercept(broker::Publish& command) const {
    const Settings& settings = shard_.settings();
    const bool changes_expiry = settings.policies.changes_expiry();
    if ((settings.interceptors.empty() && !changes_expiry) ||
        command.message->header().format == Format::scheduled) {
        return {};
    }
    // What a protocol keeps for itself is none of their business.
    if (command.to.name.starts_with('$')) return {};
    const bool to_dead_letters = settings.policies.keeps_dead_letters(command.to);
    if (changes_expiry && !to_dead_letters) {
        if (const auto error = set_expiry(command)) return error;
    }
    for (const auto& one : settings.interceptors) {
        auto other = one->sending({.message = *command.message,
                                   .to = command.to,
                                   .to_dead_letters = to_dead_letters,
                                   .now_ms = wall_ms(),
                                   .formats = shard_.formats(),
                                   .user = user()});
        if (!other) return other.error();
        if (*other != nullptr) command.message = std::move(*other);
    }
    return {};
}

std::error_code Connection::set_expiry(broker::Publish& command) const {
    const std::int64_t wanted = command.message->header().expires_at_ms;
    const std::int64_t expires_at_ms =
        shard_.settings().policies.find(command.to)->expiry_of(wanted, wall_ms());
    if (expires_at_ms == wanted) return {};
    message::Amendment change;
    change.expires_at_ms = expires_at_ms;
    auto other = shard_.formats().amend(*command.message, change);
    if (!other) return other.error();
    command.message = std::move(*other);
    return {};
}

std::error_code Connection::schedule(broker::Publish& command) {
    if (command.message->header().format == Format::scheduled)
        return {};  // it has been here before
    if (broker::is_schedule(command.to)) return make_error_code(Errc::no_such_destination);
    if (!shard_.settings().scheduler.enabled) return {};
    const auto packed = shard_.scheduled(command.to, command.message);
    if (!packed) return packed.error();
    if (*packed == nullptr) return {};
    command.to = broker::schedule_queue();
    command.message = *packed;
    return {};
}

Task Connection::repeat(const broker::Publish& command) {
    return [this, to = Destination(command.to), copy = broker::Publish(command)]() mutable {
        copy.to = to.view();
        publish(std::move(copy));
    };
}

void Connection::publish_now(broker::Publish&& command) {
    const Publisher self = publisher();
    std::vector<broker::QueueInfoPtr> found;
    const auto queues = shard_.find_queues(command.to, *command.message, found);
    Routed routed = route(*command.message, queues, &self);
    const bool repeatable = command.maybe_repeated && !command.origin.is_message_id();
    if (routed.durable && repeatable && is_repeated(command)) return;
    if (command.message->large() != nullptr) {
        // Its file counts already: what is in use has to be looked at.
        std::ignore =
            shard_.what_is_full(command.to, queues, routed.durable, command.message->body_bytes());
    }
    if (waits_for_space(command, queues, routed.durable)) return;
    send(std::move(command), queues, std::move(routed));
}

void Connection::send(broker::Publish&& command, std::span<const broker::QueueInfoPtr> queues,
                      Routed&& routed) {
    if (command.origin.is_message_id()) return send_once(command);
    send_now(std::move(command), queues, std::move(routed));
}

void Connection::send_now(broker::Publish&& command, std::span<const broker::QueueInfoPtr> queues,
                          Routed&& routed) {
    const Publisher self = publisher();
    std::vector<broker::QueueInfoPtr> others;
    if (std::ranges::any_of(queues, &refuses)) {
        others.assign(queues.begin(), queues.end());
        const bool refused = shard_.turn_away(others, command.message) > 0;
        if (others.empty()) return complete(command.token, make_error_code(Errc::no_space));
        queues = others;
        if (refused) routed = route(*command.message, queues, &self);
    }
    shard_.remember(command.to, command.message, &self);
    shard_.watch_published(command.to, command.message, queues);
    routed.ordered = shard_.keeps_order(command.to);
    const std::uint64_t trace = shard_.trace_received(number_, command.to, *command.message);
    publish_routed(std::move(routed), std::move(command.message), command.origin, command.token,
                   trace);
}

void Connection::publish_to(std::span<const broker::QueueInfoPtr> queues, const MessagePtr& message,
                            const broker::Origin& origin, Token token) {
    const Publisher self = publisher();
    const std::uint64_t trace =
        shard_.trace_received(number_, queues.front()->bindings.front().view(), *message);
    publish_routed(route(*message, queues, &self), message, origin, token, trace);
}

void Connection::publish_routed(Routed&& routed, MessagePtr message, const broker::Origin& origin,
                                Token token, std::uint64_t trace) {
    ++published_;
    if (routed.routes.empty()) shard_.trace_unwanted(trace);
    if (!routed.durable && !routed.ordered && unconfirmed_ == 0) {
        shard_.send(std::move(message), routed, trace);
        return complete(token);
    }
    const std::size_t bytes = message->memory_bytes();
    shard_.stage(std::move(message), std::move(routed), origin, {.number = trace, .awaited = true});
    add_unconfirmed(shard_.turn(), token, bytes);
}

bool Connection::is_repeated(const broker::Publish& command) {
    const auto known = repeated_up_to_.find(command.origin.producer);
    if (known == repeated_up_to_.end()) {
        look_up_producer(command.origin, repeat(command));
        return true;
    }
    if (command.origin.sequence > known->second) return false;
    // The first copy may still be on its way to the journal: the answer gets in line behind it.
    add_unconfirmed(shard_.turn(), command.token, 0);
    return true;
}

void Connection::look_up_producer(const broker::Origin& origin, Task again) {
    struct Search {
        std::uint64_t last = 0;
        std::uint16_t left = 0;
        Task again;
    };
    auto search = std::make_shared<Search>(0, shard_.loop().count(), std::move(again));
    waiting_ = true;
    const auto found = [shard = &shard_, number = number_, producer = origin.producer,
                        search](std::uint64_t last) {
        search->last = std::max(search->last, last);
        if (--search->left > 0) return;
        Connection* const self = shard->find(number);
        if (self == nullptr) return;
        self->repeated_up_to_[producer] = search->last;
        self->waiting_ = false;
        search->again();
        self->resume();
    };
    for (ShardBroker* const peer : shard_.peers()) {
        if (peer == &shard_) {
            found(peer->producers().last(origin.producer));
            continue;
        }
        shard_.loop().post(
            peer->id(), [peer, back = shard_.id(), producer = origin.producer, found] {
                peer->loop().post(
                    back, [found, last = peer->producers().last(producer)] { found(last); });
            });
    }
}

void Connection::add_unconfirmed(Turn& turn, Token token, std::size_t bytes) {
    ++unconfirmed_;
    unconfirmed_bytes_ += bytes;
    turn.answers.push_back({number_, token, bytes});
}

}  // namespace tern::engine
