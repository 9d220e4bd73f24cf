#pragma once

#include "base/result.h"
#include "broker/api/destination.h"
#include "bytes/byte_writer.h"

#include <optional>
#include <string>
#include <string_view>

namespace tern::stomp {

/// What a message's body is for consumers of other protocols; maps are texts here (maps.h), and so
/// is what an advisory is about (advisory.h). Numbers are on disk: never reused.
enum class BodyKind : std::uint8_t {
    text = 0,
    bytes = 1,
    none = 2,
    map_json = 3,
    map_xml = 4,
    advisory_json = 5,  ///< only on its way to a client
};

/// The headers that this room understands: the native bytes of a stored message, as drawn in
/// docs/formats/message.md. All others are its properties: lines of `name:value`, escaped as in
/// STOMP 1.2, so that in most deliveries they are copied as they are.
struct StoredHead {
    BodyKind kind = BodyKind::text;
    broker::DestinationView to;
    /// It was sent to an exchange, and `to` is a queue named as its key; empty: to `to`.
    std::string_view exchange;
    std::optional<broker::DestinationView> reply_to;
    std::string_view message_id;
    std::string_view correlation_id;
    std::string_view type;
};

void append(const StoredHead& head, ByteWriter& out);
/// Views into `native`. Errors: message::Errc::malformed.
[[nodiscard]] Result<StoredHead> read_head(Bytes native);

/// Appends a property as it is stored.
void append_line(std::string_view name, std::string_view value, ByteWriter& out);

/// Goes through the lines of stored properties.
class PropertyLines {
public:
    explicit PropertyLines(Bytes properties) : rest_(as_text(properties)) {}

    /// False when there is no other line.
    [[nodiscard]] bool next();
    /// With escapes resolved; valid until the next call of either.
    [[nodiscard]] std::string_view name() { return resolve(name_, resolved_name_); }
    [[nodiscard]] std::string_view value() { return resolve(value_, resolved_value_); }

private:
    static std::string_view resolve(std::string_view text, std::string& resolved);

    std::string_view rest_;
    std::string_view name_;
    std::string_view value_;
    std::string resolved_name_;
    std::string resolved_value_;
};

}  // namespace tern::stomp
