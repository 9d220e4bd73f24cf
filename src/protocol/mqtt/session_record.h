#pragma once

#include "message/message.h"
#include "protocol/mqtt/own_will.h"
#include "protocol/mqtt/subscription.h"

#include <string>
#include <variant>

namespace tern::mqtt {

// What a session that outlives its connection remembers: each of these is a message on a queue of
// the session's own, taken off when it no longer holds. docs/formats/message.md.

/// All subscriptions. The one of the highest version counts.
struct SubscriptionsRecord {
    std::uint64_t version = 0;
    std::uint32_t expiry_s = 0;
    Subscriptions subscriptions;

    bool operator==(const SubscriptionsRecord&) const = default;
};

/// A QoS 2 message of this identifier was taken from the client and not yet released.
struct ReceivedRecord {
    std::uint16_t packet_id = 0;
    bool operator==(const ReceivedRecord&) const = default;
};

/// The client has a QoS 2 message of this identifier and is to release it.
struct ReleasedRecord {
    std::uint16_t packet_id = 0;
    bool operator==(const ReleasedRecord&) const = default;
};

/// The client left; at that time the session ends.
struct LeftRecord {
    std::int64_t ends_at_ms = 0;  ///< INT64_MAX: never
    bool operator==(const LeftRecord&) const = default;
};

/// What is published when the session's client stays away so long, or the session ends.
struct WillRecord {
    std::uint64_t number = 0;    ///< counts the session's connections that left a will
    std::int64_t due_at_ms = 0;  ///< INT64_MAX: the client had not left
    OwnWill will;
    bool operator==(const WillRecord&) const = default;
};

/// A QoS 2 message of a group, to be sent to the client under this identifier: nobody else gets it
/// any more, whatever ends before the client says that it has it (MQTT 5.0, 4.8.2).
struct SentRecord {
    std::uint16_t packet_id = 0;
    std::uint32_t identifier = 0;  ///< of the subscription; 0: none
    bool retain = false;           ///< as it is told to the client
    std::string message;           ///< as it is stored

    bool operator==(const SentRecord&) const = default;
};

using SessionRecord = std::variant<SubscriptionsRecord, ReceivedRecord, ReleasedRecord, LeftRecord,
                                   WillRecord, SentRecord>;

[[nodiscard]] MessagePtr encode_record(const SessionRecord& record);
/// Error: malformed_packet.
[[nodiscard]] Result<SessionRecord> decode_record(Bytes bytes);

}  // namespace tern::mqtt
