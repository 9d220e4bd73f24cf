#pragma once

#include "base/result.h"
#include "bytes/byte_writer.h"
#include "protocol/openwire/codec/commands.h"
#include "protocol/openwire/codec/wire_format.h"

#include <memory>

namespace tern::openwire {

/// Turns commands into the frames of one direction of one connection. Frames must leave in the
/// order they were encoded: they share the object cache.
class Encoder {
public:
    /// `frame_bytes_max`: what the peer accepts.
    explicit Encoder(const WireFormat& format = {}, std::int64_t frame_bytes_max = kFrameBytesMax);
    Encoder(Encoder&&) noexcept;
    Encoder& operator=(Encoder&&) noexcept;
    ~Encoder();

    /// Appends `command`, any alternative of Command, as one whole frame. After an error `out` is
    /// as before, and the connection is still good.
    /// Errors: unknown_type (the version does not have it); frame_too_large; too_long (a string
    /// does not fit the encoding: tight ends at 32766 bytes, loose at 65535); too_many_elements.
    template <class T>
    [[nodiscard]] Result<void> encode(const T& command, ByteWriter& out);
    [[nodiscard]] Result<void> encode(const Command& command, ByteWriter& out);

    /// Like `encode`, but leaves the bytes of the message's `content` out and returns the offset in
    /// `out` where they belong, so that they can be sent from where they are. The size prefix
    /// counts them. Without content the offset is `out.size()`.
    [[nodiscard]] Result<std::size_t> encode_around_content(const Message& message,
                                                            ByteWriter& out);
    [[nodiscard]] Result<std::size_t> encode_around_content(const MessageDispatch& dispatch,
                                                            ByteWriter& out);

    [[nodiscard]] const WireFormat& format() const { return format_; }

private:
    class Scratch;
    enum class Content { inside, left_out };

    template <class T>
    [[nodiscard]] Result<std::size_t> write(const T& command, Content content, ByteWriter& out);
    template <class T>
    [[nodiscard]] Result<std::size_t> write_tight(const T& command, Content content,
                                                  ByteWriter& out);
    template <class T>
    [[nodiscard]] Result<std::size_t> write_loose(const T& command, Content content,
                                                  ByteWriter& out);

    WireFormat format_;
    std::int64_t frame_bytes_max_;
    std::unique_ptr<Scratch> scratch_;
};

}  // namespace tern::openwire
