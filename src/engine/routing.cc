#include "engine/routing.h"

#include "broker/filter/filter.h"
#include "engine/declared_queue.h"

namespace tern::engine {
namespace {

bool is_limited(const broker::QueueInfo& queue) {
    const DeclaredQueue* const known = declared(queue);
    return known != nullptr && known->message_ttl_ms.load(std::memory_order_relaxed) >= 0;
}

bool is_local(const broker::QueueInfo& subscription, const Publisher& publisher) {
    if (subscription.subscription) {
        return subscription.subscription->key.client_id == publisher.client_id;
    }
    return subscription.connection_shard == publisher.shard &&
           subscription.connection == publisher.connection;
}

}  // namespace

bool takes(const broker::QueueInfo& queue, const Message& message, const Publisher* publisher) {
    if (queue.no_local && publisher != nullptr && is_local(queue, *publisher)) return false;
    return queue.filter == nullptr || queue.filter->matches(message, 0);
}

Routed route(const Message& message, std::span<const broker::QueueInfoPtr> to,
             const Publisher* publisher) {
    Routed routed;
    for (const broker::QueueInfoPtr& queue : to) {
        if (!takes(*queue, message, publisher)) continue;
        const bool consumed = queue->consumers.load(std::memory_order_relaxed) > 0;
        routed.routes.push_back({.queue = queue->id, .owner = queue->owner, .announced = consumed});
        routed.durable |= queue->durable == Durable::yes;
        routed.limited |= is_limited(*queue);
    }
    routed.durable = routed.durable && message.header().durable == Durable::yes;
    return routed;
}

}  // namespace tern::engine
