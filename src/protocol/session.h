#pragma once

#include "broker/api/listener.h"
#include "bytes/buffer.h"

#include <cstdint>
#include <optional>

namespace tern::protocol {

/// One connection's protocol: bytes in, commands to the broker; what the broker says, bytes out.
///
/// Runs on: the connection's shard.
class Session : public broker::Listener {
public:
    /// Called once, before anything else: the place to speak first.
    virtual void start() = 0;

    /// Takes what it can of `input` and returns how many bytes that was; the rest is given again,
    /// with more behind it. When the bytes lie in a block that may be kept, `owner` is that block.
    [[nodiscard]] virtual std::size_t receive(Bytes input, const Buffer* owner) = 0;
    /// How many bytes, from the first one not taken, the next step takes; 0: not known yet.
    [[nodiscard]] virtual std::size_t wanted() const = 0;

    /// Called when `now_ms` has reached what the last call returned (first soon after the start);
    /// returns when it wants to be called next.
    [[nodiscard]] virtual std::int64_t tick(std::int64_t now_ms) = 0;

    /// How large a body may be that is read into memory for this session; nothing: it takes those
    /// that lie in files as they are.
    [[nodiscard]] virtual std::optional<std::uint64_t> whole_body_max() const;

    /// The output has gone below half of `Wire::kOutputBytesHigh` after having been above it.
    virtual void drained() = 0;
    /// The output is about to be written: the place to add what a turn has gathered. Called once
    /// after anything was asked of `Wire::output`.
    virtual void before_flush();

    /// The broker stops: say so to the peer.
    virtual void shut_down() = 0;
    /// The peer is gone: nothing is received or sent any more. True when something is left to do:
    /// then the session goes on without a peer, `tick` included, until it calls `Wire::close`.
    [[nodiscard]] virtual bool lingers();
    /// The connection is gone; the last call.
    virtual void ended() = 0;
};

}  // namespace tern::protocol
