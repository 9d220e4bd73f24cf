#pragma once

#include "base/result.h"
#include "bytes/byte_writer.h"

#include <optional>
#include <string_view>

namespace tern::amqp091 {

/// The properties of class basic; views into what they were read from. Absent and empty differ.
struct Properties {
    std::optional<std::string_view> content_type;
    std::optional<std::string_view> content_encoding;
    std::optional<Bytes> headers;  ///< entries of a table that was checked
    std::optional<std::uint8_t> delivery_mode;
    std::optional<std::uint8_t> priority;
    std::optional<std::string_view> correlation_id;
    std::optional<std::string_view> reply_to;
    std::optional<std::string_view> expiration;
    std::optional<std::string_view> message_id;
    std::optional<std::uint64_t> timestamp;
    std::optional<std::string_view> type;
    std::optional<std::string_view> user_id;
    std::optional<std::string_view> app_id;
    std::optional<std::string_view> cluster_id;

    bool operator==(const Properties& other) const;
};

/// The payload of a content header frame.
struct ContentHeader {
    std::uint64_t body_bytes = 0;
    /// Flags and property list as they came: what is kept and sent on.
    Bytes raw;
    Properties properties;
};

/// Errors: bad_content_class, truncated, trailing_bytes, those of tables.
[[nodiscard]] Result<ContentHeader> decode_content_header(Bytes payload);
/// Flags and property list alone.
[[nodiscard]] Result<Properties> decode_properties(Bytes raw);
void encode_properties(ByteWriter& out, const Properties& properties);
/// Appends a whole header frame around `raw` flags and properties.
void encode_content_header(ByteWriter& out, std::uint16_t channel, std::uint64_t body_bytes,
                           Bytes raw);

}  // namespace tern::amqp091
