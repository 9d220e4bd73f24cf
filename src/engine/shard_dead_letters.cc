#include "base/log.h"
#include "broker/api/errors.h"
#include "engine/dead_letters.h"
#include "engine/readable.h"
#include "engine/shard_broker.h"

#include <algorithm>
#include <utility>

// What becomes of messages that nobody could consume.

namespace tern::engine {

using broker::Event;
using broker::Fate;

namespace {

/// Failed deliveries that the message itself tells of; nothing when its format has no place for it.
std::optional<std::uint32_t> told_failures(const Message& message,
                                           const message::Formats& formats) {
    std::string scratch;
    const auto found = formats.find(message, "JMSXDeliveryCount", scratch);
    const auto* const count = std::get_if<std::int32_t>(&found);
    if (count == nullptr) return std::nullopt;
    return static_cast<std::uint32_t>(std::max(*count - 1, 0));
}

}  // namespace

void ShardBroker::died(const broker::QueueInfo& queue, const broker::Delivery& message,
                       broker::Place place, const broker::Death& death) {
    Source from{queue.id, message.tag.at, place};
    if (!tracer_.idle()) from.trace = trace_died(queue, message, death);
    if (message.message->header().format == Format::scheduled) {
        return fire(from, *message.message);
    }
    const broker::PolicyPtr policy = settings_->policies.find(queue.bindings.front().view());
    // A consumer may have been the first to notice.
    const std::int64_t expires_at = message.message->header().expires_at_ms;
    const bool expired =
        death.why == broker::Death::Why::expired || (expires_at != 0 && expires_at <= wall_ms());
    if (expired) {
        observe(Event::What::message_expired, queue.bindings.front(), message.message, *policy);
    }
    std::optional<std::uint32_t> failures;
    Fate fate;
    if (!settings_->interceptors.empty()) {
        failures = told_failures(*message.message, formats_);
        if (failures) *failures += message.failures;
        fate = decide({.message = *message.message,
                       .from = queue,
                       .failures = failures,
                       .expired = expired,
                       .now_ms = wall_ms()});
    }
    switch (fate.what) {
        case Fate::What::drop:
            return replace(from, {});
        case Fate::What::retry:
            if (retry(queue, from, *message.message, fate.delay_ms, failures.value_or(0))) return;
            [[fallthrough]];
        case Fate::What::dead_letter:
            return bury(queue, from, message.message, death, *policy);
    }
}

std::int64_t ShardBroker::returns_at_ms(const broker::QueueInfo& queue, std::uint32_t failures) {
    const broker::PolicyPtr policy = settings_->policies.find(queue.bindings.front().view());
    if (policy->redelivery_ms == 0) return 0;
    // What fails together has different numbers.
    const double dice = static_cast<double>(++last_return_ * 0x9E3779B97F4A7C15ULL >> 44) /
                        static_cast<double>(1U << 20);
    const std::int64_t delay_ms = policy->redelivery_after(failures, dice);
    return delay_ms == 0 ? 0 : wall_ms() + delay_ms;
}

Fate ShardBroker::decide(const broker::Dying& dying) const {
    for (const auto& one : settings_->interceptors) {
        if (const auto fate = one->dying(dying)) return *fate;
    }
    return {};
}

bool ShardBroker::retry(const broker::QueueInfo& queue, const Source& from, const Message& message,
                        std::int64_t delay_ms, std::uint32_t failures) {
    message::Amendment change;
    change.failures = static_cast<std::int32_t>(failures + 1);
    change.removed = {"scheduledJobId"};
    change.set = {{"redeliveryDelay", {delay_ms}}};
    auto again = formats_.amend(message, change);
    if (!again) {
        log::error("engine", "a message of {} cannot be delivered again: {}",
                   readable(queue.bindings.front().view()), again.error().message());
        return false;
    }
    broker::ScheduledJob job{.id = new_job_id(),
                             .to = queue.bindings.front(),
                             .schedule = {.delay_ms = delay_ms},
                             .accepted_ms = wall_ms(),
                             .due_ms = wall_ms() + delay_ms,
                             .message = std::move(*again)};
    replace(from, {{broker::Destination(broker::schedule_queue()), broker::pack(job)}});
    return true;
}

void ShardBroker::bury(const broker::QueueInfo& queue, const Source& from,
                       const MessagePtr& message, const broker::Death& death,
                       const broker::Policy& policy) {
    if (queue.options != nullptr) return write_letter(queue, from, message, death);
    auto to = dead_letter_address(queue, death, policy);
    const bool named = to.has_value();
    if (!named) to = dead_letter_queue(queue, *message, death, policy.dead_letters);
    if (!to) return replace(from, {});
    const std::string cause = cause_text(*message, death);
    const std::int64_t lives_ms = policy.dead_letters.expiration_ms;
    auto letter =
        formats_.dead_letter(*message, {.destination = to->name,
                                        .cause = cause,
                                        .topic = to->domain == broker::Domain::topic,
                                        .expires_at_ms = lives_ms > 0 ? wall_ms() + lives_ms : 0});
    if (letter && named) {
        const std::string& was = queue.bindings.front().name;
        message::Amendment change;
        change.set = {{"_AMQ_ORIG_ADDRESS", {was}}, {"_AMQ_ORIG_QUEUE", {was}}};
        if (death.why == broker::Death::Why::expired) {
            change.set.push_back({"_AMQ_ACTUAL_EXPIRY", {message->header().expires_at_ms}});
        }
        letter = formats_.amend(**letter, change);
    }
    if (!letter) {
        log::error("engine", "a message of {} cannot be made a dead letter and is dropped: {}",
                   readable(queue.bindings.front().view()), letter.error().message());
        return replace(from, {});
    }
    if (!policy.dead_letters.audit || !from.at) {
        observe(Event::What::message_dead_lettered, queue.bindings.front(), message, policy);
        return replace(from, {{*to, std::move(*letter)}});
    }
    // It may have died on another queue before, on any shard.
    const std::size_t depth =
        static_cast<std::size_t>(std::max(policy.dead_letters.audit_depth, 0)) *
        static_cast<std::size_t>(std::max(policy.dead_letters.audit_producers, 1));
    ask(
        [to = *to, lsn = from.at.lsn, depth](Catalog& catalog, CatalogAnswer answer) {
            const bool first = catalog.is_first_death(to, lsn, depth);
            answer(first ? std::error_code() : make_error_code(broker::Errc::dead_before));
        },
        [this, from, name = queue.bindings.front(), message, to = *to,
         letter = std::move(*letter)](std::error_code error) {
            if (error) return replace(from, {});
            observe(Event::What::message_dead_lettered, name, message,
                    *settings_->policies.find(name.view()));
            replace(from, {{to, letter}});
        });
}

}  // namespace tern::engine
