#pragma once

#include "base/frugal_deque.h"
#include "broker/api/ids.h"
#include "message/message.h"
#include "protocol/openwire/message_key.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tern::openwire {

/// A message that was sent to a consumer and is not finally acknowledged.
struct Dispatched {
    MessageKey key{};
    MessagePtr message{};
    /// A tag without a queue: made up by the session, nothing to settle.
    broker::DeliveryTag tag{};
    /// The brokerSequenceId the client saw.
    std::int64_t sequence = 0;
    /// The open transaction that has acknowledged it.
    broker::TransactionNumber transaction{};
    /// Acknowledged individually in that transaction, which extends the window meanwhile.
    bool extends = false;
};

/// A consumer's window: what is in flight, how much more may come. OpenWire reference, 11.3
/// to 11.6.
class Consumer {
public:
    Consumer(broker::ConsumerNumber number, std::uint32_t prefetch)
        : number_(number), prefetch_(prefetch), granted_(prefetch) {}

    [[nodiscard]] broker::ConsumerNumber number() const { return number_; }

    /// Whatever was sent uses up what was granted, unless it was made up by the session.
    void sent(const Dispatched& message);

    /// Positions in the list of what is in flight, [first, second).
    using Range = std::pair<std::size_t, std::size_t>;
    /// From `first`, or the oldest one if it is null, to `last`. None when either is missing.
    [[nodiscard]] std::optional<Range> find(const std::optional<MessageId>& first,
                                            const std::optional<MessageId>& last) const;
    [[nodiscard]] std::optional<Range> find_one(const std::optional<MessageId>& id) const;
    /// The oldest `count`, or all if there are fewer.
    [[nodiscard]] Range oldest(std::size_t count) const;
    [[nodiscard]] std::vector<broker::DeliveryTag> tags(Range range) const;
    [[nodiscard]] const Dispatched& at(std::size_t position) const { return in_flight_[position]; }
    [[nodiscard]] std::size_t in_flight() const { return in_flight_.size(); }

    /// The client has seen `count` more but acknowledges later.
    void extend(std::int32_t count) { extension_ += count; }
    /// They are acknowledged for good.
    void acknowledge(Range range);
    /// They are acknowledged within a transaction; those of another one stay with that.
    void stage(Range range, broker::TransactionNumber transaction, bool extends);
    void commit(broker::TransactionNumber transaction);
    void rollback(broker::TransactionNumber transaction);

    /// Whether another message may be sent, for those who are not fed by grants.
    [[nodiscard]] bool has_room() const {
        return static_cast<std::int64_t>(in_flight_.size()) - extension_ < prefetch_;
    }
    void set_prefetch(std::uint32_t prefetch) { prefetch_ = prefetch; }
    /// How much to grant to the broker now; it counts as granted.
    [[nodiscard]] std::uint32_t take_grant();

    /// A pull asks for one message; false when one is asked for already.
    [[nodiscard]] bool take_pull() { return std::exchange(granted_, 1) < 1; }
    /// What was granted has been taken back.
    void drained() { granted_ = 0; }

    /// Those that count as failed deliveries when the consumer goes with that last sequence (11.6).
    [[nodiscard]] std::vector<broker::DeliveryTag> failed(std::int64_t last_delivered) const;

private:
    void shrink_extension(std::int64_t by);

    broker::ConsumerNumber number_;
    std::int64_t prefetch_;
    std::int64_t granted_;
    std::int64_t extension_ = 0;
    FrugalDeque<Dispatched> in_flight_;
};

}  // namespace tern::openwire
