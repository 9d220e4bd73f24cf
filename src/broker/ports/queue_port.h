#pragma once

#include "broker/api/listener.h"
#include "broker/ports/paging.h"

#include <string_view>
#include <vector>

namespace tern::broker {

/// Why a message leaves its queue without having been consumed.
struct Death {
    enum class Why : std::uint8_t {
        rejected,
        expired,
        too_often,  ///< delivery failed as often as it may
        overflow,   ///< too much was waiting
    };

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
    /// The queue needs its stored message no longer. `place`: where in a segment it lies, if it
    /// does.
    virtual void settled(const QueueInfo& queue, StoredAt at, Place place) = 0;
    /// The same, but the journal says so already, or has no need to: the message lies elsewhere
    /// now.
    virtual void released(const QueueInfo& queue, StoredAt at, Place place) = 0;
    /// The message, at `place` if that is somewhere, is off the queue; the journal does not know
    /// yet. Whoever makes a dead letter of it lets the journal know of both at once.
    virtual void died(const QueueInfo& queue, const Delivery& message, Place place,
                      const Death& death) = 0;
    /// Everything of this queue up to `lsn` may be delivered from now on: to be journaled, and
    /// answered by `Queue::marked` once that is durable.
    virtual void mark(const QueueInfo& queue, std::uint64_t lsn) = 0;
    /// These messages shall get places in segments: answered by `Queue::paged_out`.
    virtual void page_out(const QueueInfo& queue, std::vector<PageOut> messages) = 0;
    /// These messages shall come back, the first at least and the others as far as `bytes_max`
    /// allows: answered by `Queue::paged_in`.
    virtual void page_in(const QueueInfo& queue, std::vector<PageIn> places,
                         std::size_t bytes_max) = 0;
    /// A subscription dropped the message, at `place` if that is somewhere: its consumer did not
    /// take it in time. One that waited on disk is not read for that.
    virtual void discarded(const QueueInfo&, const Delivery&, Place) {}
    /// What becomes of a message, where the other calls do not tell it of each one.
    enum class Passage : std::uint8_t { accepted, returned, failed, removed };
    /// Called if `Queue::follow_messages` says so.
    virtual void passed(const QueueInfo&, std::uint64_t /*ordinal*/, Passage) {}
    /// Failed so often, a message is never delivered again; below 0: no limit.
    [[nodiscard]] virtual std::int64_t attempts_max(const QueueInfo&) const { return -1; }
    /// When a message may be handed out again that has failed so often now; 0: at once.
    [[nodiscard]] virtual std::int64_t returns_at_ms(const QueueInfo&, std::uint32_t) { return 0; }
    /// A moment that others are subtracted from, to time some messages.
    [[nodiscard]] virtual std::int64_t now_us() const { return 0; }
    /// Something on it expires or comes back then and nothing before: `Queue::expire` and
    /// `Queue::bring_back` are wanted at that time.
    virtual void wake(const QueueInfo& queue, std::int64_t at_ms) = 0;
    /// Credit for a consumer that shares it among several queues, as much as can be had now. After
    /// 0 there may be some later: then `Queue::grant` is called.
    [[nodiscard]] virtual std::uint32_t borrow(const ConsumerRef& consumer,
                                               const QueueInfo& queue) = 0;
    /// What was borrowed and is not needed.
    virtual void give_back(const ConsumerRef& consumer, const QueueInfo& queue,
                           std::uint64_t credit) = 0;
};

}  // namespace tern::broker
