#pragma once

#include "gateway/link.h"
#include "runtime/gate.h"
#include "runtime/shard.h"
#include "runtime/timer_wheel.h"

#include <boost/asio/ip/tcp.hpp>

#include <optional>

namespace tern::gateway {

class Gateway;

/// Reads and writes the socket of one connection. An idle one has no buffers: bytes are read into
/// memory that all connections of the shard share.
class Pump {
public:
    Pump(Gateway& gateway, boost::asio::ip::tcp::socket socket, const protocol::Room& room,
         std::string peer);
    ~Pump();

    void start();
    /// The broker stops: the peer is told, what is pending is written if it takes it.
    void shut_down();

private:
    using Error = boost::system::error_code;

    boost::asio::awaitable<void> run(Gate::Hold hold);
    /// Reads until nothing is there; false when the connection has ended.
    [[nodiscard]] bool read_available(bool& more);
    boost::asio::awaitable<void> write_when_ready(Gate::Hold hold);
    void flush();
    /// One gathered write; false when the socket takes nothing now.
    [[nodiscard]] bool write_some();
    void abandon(std::string_view reason);
    void tick();
    void wake();
    void tick_sooner(std::int64_t at_ms);

    Gateway& gateway_;
    boost::asio::ip::tcp::socket socket_;
    boost::asio::steady_timer resumed_;  ///< cancelled when reading may go on
    Timer ticker_;
    Gate gate_;
    bool writing_ = false;
    bool ended_ = false;
    bool forced_end_ = false;  ///< the next tick ends it
    std::int64_t next_tick_ms_ = INT64_MAX;
    std::string end_reason_;
    Link link_;
};

}  // namespace tern::gateway
