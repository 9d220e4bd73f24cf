#pragma once

#include "bytes/byte_writer.h"
#include "protocol/stomp/codec/frame.h"

namespace tern::stomp {

/// Writes the head of a frame, piece by piece: the command line, its headers, the line that ends
/// them. The body and its NUL are the caller's.
class HeadWriter {
public:
    HeadWriter(std::string_view command, Version version, ByteWriter& out);

    void header(std::string_view name, std::string_view value);
    void header(std::string_view name, std::int64_t value);
    /// The same without escapes: CONNECTED has none, so that clients of 1.0 can read it.
    void plain_header(std::string_view name, std::string_view value);
    void end();

private:
    Version version_;
    ByteWriter& out_;
};

/// What ends a frame: NUL and a line end, which clients skip and people at a terminal like.
inline constexpr std::string_view kFrameEnd{"\0\n", 2};

/// Appends the whole frame. Its headers must say the length of a body that holds NULs.
void encode(const Frame& frame, Version version, ByteWriter& out);

}  // namespace tern::stomp
