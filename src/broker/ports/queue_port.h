#pragma once

#include "broker/api/listener.h"

#include <string_view>
#include <vector>

namespace tern::broker {

/// Why a message leaves its queue without having been consumed.
struct Death {
    enum class Why : std::uint8_t { rejected, expired };

    Why why = Why::rejected;
    std::string_view cause;  ///< what a consumer said; empty: nothing
};

/// What a queue causes outside of itself.
class QueuePort {
public:
    virtual ~QueuePort() = default;

    virtual void deliver(const ConsumerRef& to, const QueueInfo& from,
                         std::vector<Delivery> deliveries) = 0;
    /// The next messages that a browsing consumer gets to see; `last`: there are no more.
    virtual void show(const ConsumerRef& to, const QueueInfo& from, std::vector<Delivery> content,
                      bool last) = 0;
    /// A consumer has accepted the message for good.
    virtual void consumed(const QueueInfo&, const MessagePtr&) {}
    /// The queue needs its journaled message no longer.
    virtual void settled(const QueueInfo& queue, StoredAt at) = 0;
    /// The message is off the queue; the journal does not know yet. Whoever makes a dead letter of
    /// it lets the journal know of both at once.
    virtual void died(const QueueInfo& queue, const Delivery& message, const Death& death) = 0;
    /// Everything of this queue up to `lsn` may be delivered from now on: to be journaled, and
    /// answered by `Queue::marked` once that is durable.
    virtual void mark(const QueueInfo& queue, std::uint64_t lsn) = 0;
    /// Credit for a consumer that shares it among several queues, as much as can be had now. After
    /// 0 there may be some later: then `Queue::grant` is called.
    [[nodiscard]] virtual std::uint32_t borrow(const ConsumerRef& consumer,
                                               const QueueInfo& queue) = 0;
    /// What was borrowed and is not needed.
    virtual void give_back(const ConsumerRef& consumer, const QueueInfo& queue,
                           std::uint64_t credit) = 0;
};

}  // namespace tern::broker
