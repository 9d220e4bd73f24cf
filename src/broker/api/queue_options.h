#pragma once

#include "bytes/byte_reader.h"
#include "bytes/byte_writer.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tern::broker {

/// What becomes of a message that a full queue has no room for.
enum class Overflow : std::uint8_t {
    drop_head = 0,           ///< the oldest one goes
    reject = 1,              ///< it is refused
    reject_dead_letter = 2,  ///< it is refused and dead-lettered
};

/// What a queue was declared to be by a protocol that lets its clients say so.
struct QueueOptions {
    static constexpr std::int64_t kUnlimited = -1;

    bool durable = true;
    bool exclusive = false;    ///< for one connection, with which it goes
    bool auto_delete = false;  ///< goes with its last consumer
    bool single_active_consumer = false;
    bool quorum = false;
    bool dead_letter_at_least_once = false;
    Overflow overflow = Overflow::drop_head;
    std::uint8_t priorities = 0;
    std::int64_t message_ttl_ms = kUnlimited;
    std::int64_t expires_ms = kUnlimited;  ///< unused for so long, the queue goes
    std::int64_t messages_max = kUnlimited;
    std::int64_t bytes_max = kUnlimited;
    std::int64_t deliveries_max = kUnlimited;
    std::string vhost = {};  ///< whose exchanges take what dies here
    std::optional<std::string> dead_letter_exchange = {};
    std::optional<std::string> dead_letter_key = {};
    std::string arguments = {};  ///< as the protocol wrote them

    bool operator==(const QueueOptions&) const = default;
};

// As journaled: docs/formats/records.md.
void encode(ByteWriter& out, const QueueOptions& options);
[[nodiscard]] QueueOptions decode_queue_options(ByteReader& in);

}  // namespace tern::broker
