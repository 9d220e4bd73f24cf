#pragma once

#include "base/frugal_deque.h"
#include "broker/api/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tern::stomp {

enum class AckMode : std::uint8_t { automatic, client, individual };

/// A message that was sent and is not finally acknowledged.
struct Unacked {
    std::uint64_t number = 0;  ///< counts up with the subscription's messages
    broker::DeliveryTag tag;
    std::string message_id;  ///< for versions that acknowledge by it
    /// The open transaction that has acknowledged it.
    broker::TransactionNumber transaction;
};

/// One subscription: what of it is out at the client, and how much more may come.
class Subscription {
public:
    Subscription(broker::ConsumerNumber number, AckMode mode, std::uint32_t prefetch)
        : number_(number), mode_(mode), prefetch_(prefetch) {}

    [[nodiscard]] broker::ConsumerNumber number() const { return number_; }
    [[nodiscard]] AckMode mode() const { return mode_; }
    [[nodiscard]] std::uint32_t prefetch() const { return prefetch_; }

    /// The number of the next message to be sent.
    [[nodiscard]] std::uint64_t next_number() const { return last_number_ + 1; }
    /// The next message was sent and waits to be acknowledged.
    void sent(const broker::DeliveryTag& tag, std::string message_id);
    /// The next message was sent, and needs nothing else.
    void done() {
        ++last_number_;
        ++owed_;
    }

    /// The position of a message that has not been acknowledged, not even in a transaction.
    [[nodiscard]] std::optional<std::size_t> find(std::uint64_t number) const;
    [[nodiscard]] std::optional<std::size_t> find(std::string_view message_id) const;
    /// Takes the message at that position, and in mode `client` all before it, off what is out; in
    /// a transaction it stays until that ends. Returns what to settle.
    [[nodiscard]] std::vector<broker::DeliveryTag> acknowledge(
        std::size_t position, broker::TransactionNumber transaction);
    /// Takes that one message, whatever the mode.
    [[nodiscard]] broker::DeliveryTag take(std::size_t position);
    void commit(broker::TransactionNumber transaction);
    void roll_back(broker::TransactionNumber transaction);

    /// All that is out and not acknowledged in a transaction.
    [[nodiscard]] std::vector<broker::DeliveryTag> unacknowledged() const;
    /// How much to grant to the broker now, if it is worth while; it counts as granted.
    [[nodiscard]] std::uint32_t take_grant();

private:
    broker::ConsumerNumber number_;
    AckMode mode_;
    std::uint32_t prefetch_;
    std::uint64_t last_number_ = 0;
    FrugalDeque<Unacked> out_;
    /// Gone from the window, and not granted again. Negative: what a rollback brought back.
    std::int64_t owed_ = 0;
};

}  // namespace tern::stomp
