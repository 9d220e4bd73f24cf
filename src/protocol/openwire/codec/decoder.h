#pragma once

#include "base/result.h"
#include "protocol/openwire/codec/commands.h"
#include "protocol/openwire/codec/wire_format.h"

#include <memory>

namespace tern::openwire {

class ReceiveCache;

/// Turns the frames of one direction of one connection into commands. Frames must come in the order
/// they were sent: they share the object cache.
class Decoder {
public:
    explicit Decoder(const WireFormat& format = {}, const Limits& limits = {});
    Decoder(Decoder&&) noexcept;
    Decoder& operator=(Decoder&&) noexcept;
    ~Decoder();

    /// Decodes `frame`, a whole frame without its size prefix. The texts and bytes in the result
    /// are views: they hold until the bytes of `frame` go, or until the next decode, whichever
    /// comes first (a ByteArray, such as a message's content, always lies in `frame`, except for
    /// those of transaction ids).
    /// Nothing is allocated, unless the frame has arrays, throwables, nested structures of any type
    /// (`Object`), new entries for the cache, or one-byte strings that are not ASCII.
    /// After an error the connection is useless: the cache may differ from the sender's.
    [[nodiscard]] Result<Command> decode(Bytes frame);

    /// The same for a frame known to hold a message, without a way through Command.
    /// Errors: unexpected_type (it holds something else), and those of `decode`.
    [[nodiscard]] Result<void> decode(Bytes frame, Message& message);

    [[nodiscard]] const WireFormat& format() const { return format_; }

private:
    template <bool kTight, class Target>
    [[nodiscard]] Result<void> read(Bytes frame, Target& target);
    template <class Target>
    [[nodiscard]] Result<void> read(Bytes frame, Target& target);

    WireFormat format_;
    Limits limits_;
    std::unique_ptr<ReceiveCache> cache_;
    /// One-byte strings that had to be converted, of the latest frame.
    std::vector<std::unique_ptr<char[]>> converted_;
};

}  // namespace tern::openwire
