#pragma once

#include "bytes/byte_reader.h"
#include "bytes/byte_writer.h"
#include "protocol/mqtt/codec/errc.h"

#include <string_view>

namespace tern::mqtt {

/// Whether `text` is what MQTT calls a UTF-8 encoded string: valid, and without U+0000 and
/// surrogates. MQTT 5.0, 1.5.4.
[[nodiscard]] bool is_valid_text(std::string_view text);

/// A text or bytes with their length in front. `read_text` fails the reader for invalid ones.
[[nodiscard]] std::string_view read_text(ByteReader& in);
[[nodiscard]] std::string_view read_binary(ByteReader& in);
/// Error: does_not_fit for more than 65535 bytes.
[[nodiscard]] Result<void> write_binary(ByteWriter& out, std::string_view text);

}  // namespace tern::mqtt
