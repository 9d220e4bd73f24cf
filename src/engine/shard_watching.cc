#include "engine/routing.h"
#include "engine/shard_broker.h"

#include <algorithm>

// What those who watch are told of messages.

namespace tern::engine {

using broker::Event;

bool ShardBroker::Everywhere::wanted(const broker::DestinationView& topic) const {
    return !shard_.table_.route(topic).empty();
}

void ShardBroker::Everywhere::publish(const broker::DestinationView& topic, MessagePtr message) {
    shard_.tell(topic, message);
}

void ShardBroker::tell(const broker::DestinationView& topic, const MessagePtr& message) {
    for (const store::Route& one : route(*message, table_.route(topic), nullptr).routes) {
        enqueue(one, message);
    }
}

void ShardBroker::observe(Event::What what, const broker::Destination& destination,
                          const MessagePtr& message, const broker::Policy& policy,
                          std::uint64_t count, const broker::PartyPtr& consumer) {
    if (observer_ == nullptr) return;
    Everywhere everywhere(*this);
    observer_->observe({.what = what,
                        .destination = destination,
                        .connection = {},
                        .message = message,
                        .with_body = policy.advise_with_body,
                        .count = count,
                        .consumer = consumer},
                       everywhere);
}

void ShardBroker::watch_published(const broker::DestinationView& to, const MessagePtr& message,
                                  std::span<const broker::QueueInfoPtr> queues) {
    if (!settings_->policies.watches_messages()) return;
    const broker::PolicyPtr policy = settings_->policies.find(to);
    // Looked at first: what is told now may use the same table.
    const bool unwanted = message->header().durable == Durable::no &&
                          std::ranges::none_of(queues, [](const broker::QueueInfoPtr& queue) {
                              return queue->consumers.load(std::memory_order_relaxed) > 0;
                          });
    const broker::Destination destination(to);
    if (policy->advise_delivery) {
        observe(Event::What::message_accepted, destination, message, *policy);
    }
    if (policy->advise_no_consumers && unwanted) {
        observe(Event::What::message_unwanted, destination, message, *policy);
    }
}

void ShardBroker::watch_dispatched(const broker::ConsumerRef& to, const broker::QueueInfo& from,
                                   const std::vector<broker::Delivery>& deliveries) {
    if (!settings_->policies.watches_messages()) return;
    const broker::PolicyPtr policy = settings_->policies.find(from.bindings.front().view());
    if (!policy->advise_dispatched) return;
    const broker::PartyPtr consumer = own(from.id)->party_of(to);
    for (const broker::Delivery& one : deliveries) {
        observe(Event::What::message_dispatched, from.bindings.front(), one.message, *policy, 0,
                consumer);
    }
}

void ShardBroker::consumed(const broker::QueueInfo& queue, const MessagePtr& message) {
    if (message != nullptr) hunger_.ate(message->memory_bytes());
    if (!settings_->policies.watches_messages()) return;
    const broker::PolicyPtr policy = settings_->policies.find(queue.bindings.front().view());
    if (!policy->advise_consumed) return;
    observe(Event::What::message_consumed, queue.bindings.front(), message, *policy);
}

}  // namespace tern::engine
