#pragma once

#include "gateway/link.h"
#include "gateway/service.h"
#include "runtime/gate.h"
#include "runtime/shard.h"
#include "runtime/timer_wheel.h"

#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <optional>

namespace tern::gateway {

class Gateway;

/// Reads and writes the socket of one connection. Where a service has several rooms, the first
/// bytes find the right one. An idle connection has a small buffer: when more comes than fits, the
/// rest is read into memory that all connections of the shard share.
class Pump {
public:
    /// `service` outlives the pump.
    Pump(Gateway& gateway, boost::asio::ip::tcp::socket socket, const Service& service,
         std::string peer);
    ~Pump();

    void start();
    /// The broker stops: the peer is told, what is pending is written if it takes it.
    void shut_down();

private:
    using Error = boost::system::error_code;
    /// Holds a message of a kilobyte with its headers: one system call reads it.
    static constexpr std::size_t kFirstReadBytes = 2048;

    boost::asio::awaitable<void> run(Gate::Hold hold);
    /// The connection belongs to that room.
    void enter(const protocol::Room& room);
    /// Looks for the room by all that has come so far, `count` bytes more than before.
    void find_room(std::size_t count);
    /// Takes what was read into `first_`, and when that was full, what else is there.
    void take(std::size_t count);
    /// One read that does not wait; false when there was less than asked for.
    [[nodiscard]] bool read_more();
    boost::asio::awaitable<void> write_when_ready(Gate::Hold hold);
    void flush();
    /// One gathered write; false when the socket takes nothing now.
    [[nodiscard]] bool write_some();
    void abandon(std::string_view reason);
    void tick();
    void wake();
    void tick_sooner(std::int64_t at_ms);

    Gateway& gateway_;
    const Service& service_;
    boost::asio::ip::tcp::socket socket_;
    boost::asio::steady_timer resumed_;  ///< cancelled when reading may go on
    Timer ticker_;
    Gate gate_;
    std::array<std::uint8_t, kFirstReadBytes> first_;
    std::size_t undecided_bytes_ = 0;  ///< in `first_`, while there is no link
    bool writing_ = false;
    bool ended_ = false;
    bool forced_end_ = false;  ///< the next tick ends it
    std::int64_t next_tick_ms_ = INT64_MAX;
    std::string end_reason_;
    std::string peer_;
    std::optional<Link> link_;  ///< once the room is known
};

}  // namespace tern::gateway
