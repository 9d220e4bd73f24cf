#pragma once

#include "base/result.h"
#include "bytes/byte_writer.h"
#include "protocol/openwire/codec/message.h"
#include "protocol/openwire/codec/primitive_map.h"

namespace tern::openwire {

// Bodies of uncompressed messages (OpenWire reference, 5.3). A compressed body is opaque here: see
// Message::compressed first, and inflate.h.

/// Appends the content of a text message; null text has null content instead. Errors: too_long.
[[nodiscard]] Result<void> encode_text_body(std::string_view text, ByteWriter& out);

/// The text in a text message's content, in modified UTF-8; null content is null text.
/// Errors: truncated; trailing_bytes.
[[nodiscard]] Result<Text> decode_text_body(const ByteArray& content);

/// Appends the content of a map message. Errors: those of encode_map.
[[nodiscard]] Result<void> encode_map_body(const PrimitiveMap& map, ByteWriter& out);

/// The entries of a map message; null content has none. Errors: those of decode_map.
[[nodiscard]] Result<PrimitiveMap> decode_map_body(const ByteArray& content,
                                                   const PrimitiveLimits& limits = {});

/// Appends the content of a stream message. Errors: those of encode_value.
[[nodiscard]] Result<void> encode_stream_body(const PrimitiveList& values, ByteWriter& out);

/// The values of a stream message; null content has none. Errors: those of decode_stream.
[[nodiscard]] Result<PrimitiveList> decode_stream_body(const ByteArray& content,
                                                       const PrimitiveLimits& limits = {});

}  // namespace tern::openwire
