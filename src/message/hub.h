#pragma once

#include "bytes/buffer.h"
#include "message/message.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tern::message {

struct HubValue;
struct HubEntry;

struct HubList {
    std::vector<HubValue> values;

    bool operator==(const HubList&) const;
};

/// Entries in their order; keys are unique.
struct HubMap {
    std::vector<HubEntry> entries;

    /// Null when there is no such key.
    [[nodiscard]] const HubValue* find(std::string_view key) const;
    /// Adds the entry, or replaces the one of that key.
    void put(std::string_view key, HubValue value);
    bool operator==(const HubMap&) const;
};

/// Opaque bytes.
struct HubBytes {
    std::string bytes;

    bool operator==(const HubBytes&) const = default;
};

/// A property, or a value within a body: the types of JMS, plus nested lists and maps. Rooms turn
/// what their protocol has beyond them into these. Texts are UTF-8.
struct HubValue {
    std::variant<std::monostate, bool, std::int8_t, std::int16_t, char16_t, std::int32_t,
                 std::int64_t, float, double, std::string, HubBytes, HubList, HubMap>
        value;

    bool operator==(const HubValue&) const = default;
};

/// A pair in all but name: a pair of a type that is still incomplete cannot be stored in a vector.
struct HubEntry {
    std::string first;
    HubValue second;

    HubEntry(std::string_view key, HubValue value) : first(key), second(std::move(value)) {}
    bool operator==(const HubEntry&) const = default;
};

/// A destination as clients of any protocol may name it.
struct HubDestination {
    bool topic = false;
    bool temporary = false;
    std::string name;

    bool operator==(const HubDestination&) const = default;
};

/// A body whose content means nothing to the broker, such as a serialized Java object.
struct HubObject {
    Buffer bytes;
};

/// What a message says, between two protocols: made by the room of the format it came in, read by
/// the room of a consumer that speaks another one. Costly on purpose of being complete; a message
/// for a consumer of its own protocol is never turned into one.
struct HubMessage {
    Durable durable = Durable::no;
    std::uint8_t priority = 4;
    std::int64_t timestamp_ms = 0;   ///< since 1970, 0: none
    std::int64_t expires_at_ms = 0;  ///< since 1970, 0: never
    std::string group_id;
    std::int32_t group_sequence = 0;

    std::string message_id;  ///< in its protocol's text form, such as `ID:host-1:1:1:1`
    std::string correlation_id;
    std::optional<HubDestination> to;
    std::optional<HubDestination> reply_to;
    std::string type;  ///< JMSType, AMQP's subject
    std::string user_id;
    std::string content_type;  ///< a MIME type, empty: unknown
    HubMap properties;

    /// Empty, text (UTF-8), bytes, JMS stream or AMQP list, map, object.
    std::variant<std::monostate, std::string, Buffer, HubList, HubMap, HubObject> body;
};

}  // namespace tern::message
