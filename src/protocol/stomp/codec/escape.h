#pragma once

#include "bytes/byte_writer.h"
#include "protocol/stomp/codec/frame.h"

#include <string>

namespace tern::stomp {

/// Appends the name or value of a header as the version writes it. 1.1 and 1.2 escape what would
/// end it; in 1.0, which has no escapes, only line ends are escaped, as they would make other
/// headers of the rest.
void append_escaped(std::string_view text, Version version, ByteWriter& out);

/// Appends `text` with escapes resolved. Undefined ones stay as they are, and those of 1.2 hold in
/// all versions, as in ActiveMQ.
void append_unescaped(std::string_view text, std::string& out);

[[nodiscard]] inline bool has_escapes(std::string_view text) {
    return text.find('\\') != std::string_view::npos;
}

}  // namespace tern::stomp
