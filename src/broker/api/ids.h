#pragma once

#include "base/shard_id.h"
#include "base/strong.h"

#include <cstdint>

namespace tern::broker {

/// A queue, for as long as it exists; durable queues keep theirs over restarts.
using QueueId = Strong<struct QueueTag, std::uint32_t>;
/// A connection, counted up on its shard.
using ConnectionNumber = Strong<struct ConnectionTag>;
/// A consumer and a transaction, numbered by the session that opens them, unique on its connection.
using ConsumerNumber = Strong<struct ConsumerTag, std::uint32_t>;
using TransactionNumber = Strong<struct TransactionTag>;
/// How a session recognises the answer to a command; 0: no answer wanted.
using Token = Strong<struct TokenTag>;

/// A slot in one of the store's segments, where messages wait that left the journal or memory.
struct Place {
    std::uint32_t segment = 0;  ///< below 2^31
    std::uint32_t slot = 0;

    auto operator<=>(const Place&) const = default;
    /// False: nowhere. Segments are counted from 1.
    explicit operator bool() const { return segment != 0; }
};

/// Where a journaled message lies: what the store needs to know to forget it again.
struct StoredAt {
    std::uint64_t lsn = 0;  ///< 0: not journaled

    auto operator<=>(const StoredAt&) const = default;
    explicit operator bool() const { return lsn != 0; }
};

/// One message on one queue. `ordinal` counts up in the order of the queue; sessions hand the whole
/// back as they got it.
struct DeliveryTag {
    QueueId queue;
    std::uint64_t ordinal = 0;
    StoredAt at = {};

    auto operator<=>(const DeliveryTag&) const = default;
};

/// What becomes of a message that was delivered.
enum class Outcome : std::uint8_t {
    accept,   ///< consumed: gone from the queue
    release,  ///< back to its place, as if it had not been delivered
    fail,     ///< back to its place, counted as a failed delivery
    reject,   ///< never again: gone from the queue, and a dead letter if it is worth one
};

/// Where a message comes from, to recognise a second copy of it: producers number what they send.
/// Or an id that its sender gave it, which `kMessageId` in the sequence says: hashes of the address
/// and of the id.
struct Origin {
    static constexpr std::uint64_t kMessageId = std::uint64_t{1} << 63;

    std::uint64_t producer = 0;  ///< a hash of the producer's name, stable for ever; 0: unknown
    std::uint64_t sequence = 0;

    [[nodiscard]] bool is_message_id() const { return (sequence & kMessageId) != 0; }
    bool operator==(const Origin&) const = default;
};

/// A consumer, seen from anywhere in the broker.
struct ConsumerRef {
    ShardId shard;
    ConnectionNumber connection;
    ConsumerNumber consumer;

    bool operator==(const ConsumerRef&) const = default;
};

}  // namespace tern::broker
