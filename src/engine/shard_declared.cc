// What queues were declared with by a protocol that lets its clients say so: how long messages
// live, how many may wait, how long the queue itself stays, and where its dead letters go.
#include "base/log.h"
#include "broker/route/letter_writer.h"
#include "engine/declared_queue.h"
#include "engine/readable.h"
#include "engine/shard_broker.h"

#include <algorithm>
#include <utility>

namespace tern::engine {

using broker::DeathCounts;
using broker::Overflow;
using broker::QueueInfoPtr;
using broker::QueueOptions;

namespace {

constexpr std::uint64_t kAny = broker::Admission::kAny;
constexpr Millis kTryLetterAgain{1000};

std::uint64_t limit_of(std::int64_t most) {
    return most < 0 ? kAny : static_cast<std::uint64_t>(most);
}

std::string_view reason_of(broker::Death::Why why) {
    switch (why) {
        case broker::Death::Why::rejected:
            return "rejected";
        case broker::Death::Why::expired:
            return "expired";
        case broker::Death::Why::too_often:
            return "delivery_limit";
        case broker::Death::Why::overflow:
            return "maxlen";
    }
    return "";
}

DeathCounts::Reason counted_as(broker::Death::Why why) {
    using Reason = DeathCounts::Reason;
    switch (why) {
        case broker::Death::Why::rejected:
            return Reason::rejected;
        case broker::Death::Why::expired:
            return Reason::expired;
        case broker::Death::Why::too_often:
            return Reason::delivery_limit;
        case broker::Death::Why::overflow:
            return Reason::maxlen;
    }
    return Reason::rejected;
}

/// As RabbitMQ has it, which does so only where what has no room is refused.
bool at_least_once(const QueueOptions& terms) {
    return terms.dead_letter_at_least_once && terms.overflow == Overflow::reject;
}

DeathCounts::Letters letters_of(const QueueOptions& terms) {
    if (!terms.dead_letter_exchange) return DeathCounts::Letters::none;
    return at_least_once(terms) ? DeathCounts::Letters::at_least_once
                                : DeathCounts::Letters::at_most_once;
}

}  // namespace

std::shared_ptr<const QueueOptions> ShardBroker::in_force(const broker::QueueInfo& queue) const {
    if (settings_->vhost_policies == nullptr) return queue.options;
    return std::make_shared<const QueueOptions>(settings_->vhost_policies->in_force(
        *queue.options, broker::split_address(queue.bindings.front().name).name));
}

void ShardBroker::limit_declared(broker::Queue& queue) {
    const DeclaredQueue* const known = declared(*queue.info());
    if (known == nullptr) return;
    const auto in_force = this->in_force(*known);
    const QueueOptions& terms = *in_force;
    known->message_ttl_ms.store(terms.message_ttl_ms, std::memory_order_relaxed);
    if (terms.priorities > 0) queue.limit_priority(terms.priorities);
    const std::uint64_t messages = limit_of(terms.messages_max);
    const std::uint64_t bytes = limit_of(terms.bytes_max);
    // How large the bodies are that wait on disk is not known.
    if (bytes != kAny) queue.keep_in_memory(true);
    const bool drops = terms.overflow == Overflow::drop_head;
    if (drops && messages != kAny) {
        queue.limit_waiting(messages, broker::Discard::oldest, nullptr);
    }
    queue.limit_waiting_bytes(drops ? bytes : kAny);
    known->admission->limit(drops ? kAny : messages, drops ? kAny : bytes);
    queue.admit_by(known->admission);
    if (terms.expires_ms < 0) {
        leases_.erase(known->id);
    } else if (const auto lease = leases_.find(known->id);
               lease == leases_.end() || lease->second.ms != terms.expires_ms) {
        renew_lease(known->id, terms.expires_ms);
    }
}

// ---- How long messages live

MessagePtr ShardBroker::with_less_time(const broker::QueueInfo& queue,
                                       const MessagePtr& message) const {
    const DeclaredQueue* const known = declared(queue);
    const std::int64_t ttl =
        known == nullptr ? -1 : known->message_ttl_ms.load(std::memory_order_relaxed);
    if (ttl < 0) return message;
    MessageHeader header = message->header();
    const std::int64_t expires_at = wall_ms() + ttl;
    if (header.expires_at_ms != 0 && header.expires_at_ms <= expires_at) return message;
    header.expires_at_ms = expires_at;
    return Message::create_like(*message, header, message->native(), message->properties());
}

void ShardBroker::stage_limited(const MessagePtr& message, const Routed& routed,
                                const broker::Origin& origin, Traced trace) {
    // Queues that say the same of it share a message.
    std::vector<std::pair<MessagePtr, Routed>> parts;
    for (const store::Route& one : routed.routes) {
        const QueueInfoPtr queue = table_.find(one.queue);
        MessagePtr its = queue == nullptr ? message : with_less_time(*queue, message);
        const auto same = std::ranges::find_if(parts, [&its](const auto& part) {
            return part.first->header().expires_at_ms == its->header().expires_at_ms;
        });
        if (same != parts.end()) {
            same->second.routes.push_back(one);
            continue;
        }
        parts.emplace_back(std::move(its), Routed{.routes = {one}, .durable = routed.durable});
    }
    for (auto& [its, part] : parts) stage(its, std::move(part), origin, trace);
}

// ---- How many may wait

std::size_t ShardBroker::turn_away(std::vector<QueueInfoPtr>& queues, const MessagePtr& message) {
    std::vector<QueueInfoPtr> refused;
    std::erase_if(queues, [&](const QueueInfoPtr& queue) {
        const DeclaredQueue* const known = declared(*queue);
        if (known == nullptr || known->admission->admit(message->body_bytes())) return false;
        refused.push_back(queue);
        return true;
    });
    for (const QueueInfoPtr& queue : refused) {
        ++flow_.refused_sends;
        if (in_force(*queue)->overflow != Overflow::reject_dead_letter) continue;
        write_letter(*queue, {}, message, {.why = broker::Death::Why::overflow, .cause = {}});
    }
    return refused.size();
}

void ShardBroker::catch_up(broker::Queue& queue) {
    if (queue.info()->options == nullptr) return;
    while (queue.dispatch(wall_ms())) {
    }
    if (is_watched(*queue.info())) {
        while (queue.expire(wall_ms())) {
        }
    }
    queue.discard();
    queue.note_bytes();
}

// ---- How long the queue stays

void ShardBroker::renew_lease(broker::QueueId id, std::int64_t ms) {
    const auto lease = leases_.try_emplace(id, [this, id] { end_lease(id); }).first;
    lease->second.ms = ms;
    lease->second.used = false;
    loop_.timers().arm(lease->second.timer, loop_.clock().now() + Millis(ms));
}

void ShardBroker::use_lease(broker::QueueId id) {
    const auto lease = leases_.find(id);
    if (lease != leases_.end()) renew_lease(id, lease->second.ms);
}

void ShardBroker::note_use(const broker::Queue& queue) {
    const auto lease = leases_.find(queue.info()->id);
    if (lease == leases_.end()) return;
    const bool was_used = std::exchange(lease->second.used, queue.consumers() > 0);
    if (was_used && !lease->second.used) renew_lease(queue.info()->id, lease->second.ms);
}

void ShardBroker::end_lease(broker::QueueId id) {
    broker::Queue* const queue = own(id);
    // When its last consumer leaves, a new time begins.
    if (queue == nullptr || queue->consumers() > 0) return;
    use_lease(id);  // should it have to stay
    leave(*queue);
}

// ---- Where its dead letters go

void ShardBroker::write_letter(const broker::QueueInfo& queue, const Source& from,
                               const MessagePtr& message, const broker::Death& death) {
    const auto in_force = this->in_force(queue);
    ++flow_.deaths.of(in_force->quorum, letters_of(*in_force), counted_as(death.why));
    route_letter(queue, *in_force, from, message, death.why);
}

void ShardBroker::route_letter(const broker::QueueInfo& queue, const QueueOptions& terms,
                               const Source& from, const MessagePtr& message,
                               broker::Death::Why why) {
    if (!terms.dead_letter_exchange || letters_ == nullptr) return replace(from, {});
    const broker::Destination& address = queue.bindings.front();
    const auto letter = letters_->write(
        *message,
        {.queue = broker::split_address(address.name).name,
         .reason = reason_of(why),
         .exchange = *terms.dead_letter_exchange,
         .key = terms.dead_letter_key ? std::optional(std::string_view(*terms.dead_letter_key))
                                      : std::nullopt,
         .now_ms = wall_ms()});
    if (!letter) {
        log::error("engine", "a message of {} cannot be made a dead letter and is dropped: {}",
                   readable(address.view()), letter.error().message());
        return replace(from, {});
    }
    const std::vector<std::string_view> keys(letter->keys.begin(), letter->keys.end());
    std::vector<QueueInfoPtr> queues;
    if (topology_.find(terms.vhost, *terms.dead_letter_exchange) != nullptr) {
        find_queues({terms.vhost, *terms.dead_letter_exchange, keys}, *letter->message, queues);
    }
    std::erase_if(queues, [&letter](const QueueInfoPtr& one) {
        return goes_round(*letter, broker::split_address(one->bindings.front().name).name);
    });
    const bool refused = turn_away(queues, letter->message) > 0;
    const bool must_arrive = at_least_once(terms);
    const bool stays = must_arrive && (refused || queues.empty());
    if (stays) hold_letter({queue.shared_from_this(), from, message, why});
    if (must_arrive && !stays) ++flow_.deaths.confirmed;
    const Source replaced = stays ? Source() : from;
    if (queues.empty()) return replace(replaced, {});
    observe(broker::Event::What::message_dead_lettered, address, message,
            *settings_->policies.find(address.view()));
    replace(replaced, {{.to = {}, .message = letter->message, .queues = std::move(queues)}});
}

/// It stays in the journal as what its queue has: after a restart it is there again.
void ShardBroker::hold_letter(HeldLetter letter) {
    held_letters_.push_back(std::move(letter));
    if (!letter_timer_.armed()) {
        loop_.timers().arm(letter_timer_, loop_.clock().now() + kTryLetterAgain);
    }
}

void ShardBroker::try_letters() {
    for (const HeldLetter& one : std::exchange(held_letters_, {})) {
        if (own(one.queue->id) != nullptr) {
            route_letter(*one.queue, *in_force(*one.queue), one.from, one.message, one.why);
        } else if (one.from.at) {
            turn().batch.release(one.from.at);  // the queue was deleted meanwhile
        }
    }
}

}  // namespace tern::engine
