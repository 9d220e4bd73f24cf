#include "engine/dead_letters.h"

namespace tern::engine {
namespace {

using broker::DeadLetters;

std::string individual_name(const broker::QueueInfo& queue, const DeadLetters& policy) {
    std::string name = queue.bindings.front().name;
    if (!queue.is_subscription()) return policy.queue_prefix + name + policy.queue_suffix;
    if (policy.per_durable_subscriber && queue.subscription) {
        name += "." + queue.subscription->key.client_id + ":" + queue.subscription->key.name;
    }
    return policy.topic_prefix + name + policy.topic_suffix;
}

}  // namespace

std::optional<broker::Destination> dead_letter_queue(const broker::QueueInfo& queue,
                                                     const Message& message,
                                                     const broker::Death& death,
                                                     const DeadLetters& policy) {
    if (policy.strategy == DeadLetters::Strategy::discard) return std::nullopt;
    if (death.why == broker::Death::Why::expired && !policy.expired) return std::nullopt;
    if (message.header().durable == Durable::no && !policy.non_persistent) return std::nullopt;
    if (queue.is_subscription() && queue.durable == Durable::no) return std::nullopt;
    const bool shared = policy.strategy == DeadLetters::Strategy::shared;
    const bool to_queue =
        shared || (queue.is_subscription() ? policy.queue_for_topics : policy.queue_for_queues);
    broker::Destination letters(to_queue ? broker::Domain::queue : broker::Domain::topic, false,
                                shared ? policy.shared_queue : individual_name(queue, policy));
    const broker::Destination& from = queue.bindings.front();
    const bool from_queue = from.domain == broker::Domain::queue;
    if (from == letters) return std::nullopt;
    // What a protocol keeps for itself, such as MQTT's retained messages, was meant for nobody.
    if (from_queue && from.name.starts_with('$')) return std::nullopt;
    // The letters of a queue of letters would get a queue of letters each, and so on.
    const auto is_of = [&from](const std::string& prefix) {
        return !prefix.empty() && from.name.starts_with(prefix);
    };
    if (!shared && from_queue && (is_of(policy.queue_prefix) || is_of(policy.topic_prefix))) {
        return std::nullopt;
    }
    return letters;
}

std::optional<broker::Destination> dead_letter_address(const broker::QueueInfo& queue,
                                                       const broker::Death& death,
                                                       const broker::Policy& policy) {
    const bool expired = death.why == broker::Death::Why::expired;
    const std::string& name = expired ? policy.expiry_address : policy.dead_letter_address;
    if (name.empty() || (queue.is_subscription() && queue.durable == Durable::no)) return {};
    broker::Destination letters(broker::Domain::queue, false, name);
    if (queue.bindings.front() == letters) return {};
    return letters;
}

std::string cause_text(const Message& message, const broker::Death& death) {
    if (death.why == broker::Death::Why::expired) {
        return "Message Expired. Expiration:" + std::to_string(message.header().expires_at_ms);
    }
    return death.cause.empty() ? "Delivery failed" : std::string(death.cause);
}

}  // namespace tern::engine
