#pragma once

#include "bytes/output.h"

#include <cstdint>
#include <string_view>

namespace tern::protocol {

/// How much a client may have open at a time; below 0: as much as it likes.
struct ConnectionLimits {
    std::int32_t producers_max = -1;
    std::int32_t consumers_max = -1;
};

/// What a session knows of its connection.
class Wire {
public:
    /// Above this many bytes a session should hold deliveries back until `Session::drained`.
    static constexpr std::size_t kOutputBytesHigh = std::size_t{1} * 1024 * 1024;

    virtual ~Wire() = default;

    /// What is appended here leaves in one write when the turn ends.
    [[nodiscard]] virtual Output& output() = 0;
    /// Ends the connection once all output is written; nothing more is received. `reason` goes into
    /// the log, unless it is empty: then this is an ordinary end.
    virtual void close(std::string_view reason) = 0;
    /// The peer's address, for the log.
    [[nodiscard]] virtual std::string_view peer() const = 0;
    /// The subject of the certificate that the peer showed and that was verified, as in
    /// `CN=x, OU=y, O=z`; empty: it showed none.
    [[nodiscard]] virtual std::string_view certificate() const { return {}; }
    /// From now on the peer holds small writes back until it knows that what it sent has come
    /// (RFC 896). It is told at the end of each turn in which something came and nothing is written
    /// that says so.
    virtual void gather() {}
    /// What just came will be answered: that says so, and nothing needs to before.
    virtual void will_answer() {}
    /// False while what the peer sends is not taken: then its silence says nothing.
    [[nodiscard]] virtual bool is_read() const { return true; }
    /// What its listener allows.
    [[nodiscard]] virtual ConnectionLimits limits() const { return {}; }
    /// Has `Session::tick` called at that time at the latest.
    virtual void tick_by(std::int64_t at_ms) = 0;
    /// Milliseconds of a clock that only runs forward.
    [[nodiscard]] virtual std::int64_t now_ms() const = 0;
};

}  // namespace tern::protocol
