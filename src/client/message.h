#pragma once

#include "client/destination.h"
#include "client/value.h"

#include <chrono>
#include <optional>

namespace tern::client {

using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// A message with its headers, properties and body, which owns all it holds. Texts are UTF-8; an
/// empty text is a header that is not set.
struct Message {
    /// A body that this library carries without understanding it: those of stream, object and blob
    /// messages, and such as do not hold what their kind promises.
    struct Opaque {
        enum class Kind { plain, text, bytes, map, object, stream, blob };
        Kind kind = Kind::plain;
        Blob bytes{};
        bool operator==(const Opaque&) const = default;
    };
    /// No body, text, bytes, a map.
    using Body = std::variant<std::monostate, std::string, Blob, Map, Opaque>;

    Body body{};
    Map properties{};

    // What the sender chooses.
    std::string correlation_id{};
    std::string type{};
    std::optional<Destination> reply_to{};
    std::string group_id{};
    std::int32_t group_sequence = 0;
    bool persistent = true;
    int priority = 4;
    /// From then on nobody wants it any more; the epoch means never. A producer with a time to live
    /// fills it in.
    Timestamp expiration{};

    // What sending fills in.
    std::string id{};
    Destination destination{};
    Timestamp timestamp{};

    // What the broker adds.
    std::int32_t redelivery_count = 0;
    std::string user_id{};
    /// Where it was sent first, of dead letters and copies.
    std::optional<Destination> original_destination{};

    [[nodiscard]] bool redelivered() const { return redelivery_count > 0; }
    /// The body if it is a text, else null; likewise below.
    [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&body); }
    [[nodiscard]] const Blob* bytes() const { return std::get_if<Blob>(&body); }
    [[nodiscard]] const Map* map() const { return std::get_if<Map>(&body); }

    bool operator==(const Message&) const = default;
};

}  // namespace tern::client
