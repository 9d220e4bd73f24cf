#pragma once

#include "gateway/intake.h"
#include "gateway/link.h"
#include "gateway/places.h"
#include "gateway/service.h"
#include "gateway/stack.h"
#include "runtime/event.h"
#include "runtime/gate.h"
#include "runtime/shard.h"
#include "runtime/timer_wheel.h"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <optional>

namespace tern::gateway {

class Gateway;

/// A connection's places among those of its listener and of the broker.
struct Admission {
    Places::Place of_listener;
    Places::Place of_broker;
};

/// Reads and writes the socket of one connection. Where a service offers several things, its first
/// bytes decide (`stack.h`). What comes is read into memory that all connections of the shard
/// share, but the rest of a large frame to where it stays.
class Pump {
public:
    /// `service` outlives the pump.
    Pump(Gateway& gateway, boost::asio::ip::tcp::socket socket, const Service& service,
         std::string peer, Admission admission);

    void start();
    /// The broker stops: the peer is told, what is pending is written if it takes it.
    void shut_down();
    /// Ends it if it came by this service and nobody knows yet what it speaks: to the broker there
    /// is no such connection.
    void end_stranger(const Service& service);

private:
    using Error = boost::system::error_code;

    boost::asio::awaitable<void> run(Gate::Hold hold);
    /// Until the session is done without its peer.
    boost::asio::awaitable<void> linger();
    /// The connection belongs to that room.
    void enter(const protocol::Room& room);
    /// False: wait for `resumed_`.
    [[nodiscard]] bool may_read();
    /// It does nothing but send, and much of that.
    [[nodiscard]] bool sends_much();
    void note_read(std::size_t count);
    /// As `take`, where the protocol lies in layers or the room is not known.
    void take_layered(Bytes bytes);
    /// Ends the connection when what is pending has been written.
    void refuse(std::string_view reason);
    /// What is pending are the last words.
    [[nodiscard]] bool is_over() const { return refused_ || (link_ && link_->closing()); }
    /// It is over before somebody was let in.
    [[nodiscard]] bool is_stranger() const { return !link_ || !link_->admitted(); }
    /// True when the last words have to wait for those to other strangers.
    [[nodiscard]] bool waits_for_others();
    void say_goodbye();
    /// A peer that takes nothing for too long is given up.
    void await_progress();
    /// Something went over the connection, or could not because we did not read it.
    void note_use();
    /// When nothing has gone over it for too long.
    [[nodiscard]] std::int64_t idle_at_ms() const;
    /// What is to be written to the socket next.
    [[nodiscard]] Output& outgoing();
    /// Reads what is there; false when there is no more to come.
    [[nodiscard]] bool read_what_came();
    /// What was read was not all: it may be read again at once.
    [[nodiscard]] bool may_go_on();
    /// Where the next bytes go.
    [[nodiscard]] std::span<std::uint8_t> room();
    void take(Bytes bytes);
    boost::asio::awaitable<void> write_when_ready(Gate::Hold hold);
    void flush();
    /// Tells the peer that what was read has come.
    void acknowledge();
    /// One gathered write; false when the socket takes nothing now.
    [[nodiscard]] bool write_some();
    void abandon(std::string_view reason);
    void tick();
    void wake();
    [[nodiscard]] std::int64_t now_ms() const;
    void tick_sooner(std::int64_t at_ms);

    Gateway& gateway_;
    const Service& service_;
    boost::asio::ip::tcp::socket socket_;
    Event resumed_;  ///< reading may go on
    Timer ticker_;
    Gate gate_;
    bool sends_much_ = false;  ///< at a time, lately
    int small_reads_ = 0;      ///< in a row, while it does
    Intake::Sender sender_{[this] { wake(); }};
    /// What the protocol lies in, or what finds that out; null when there is nothing of it.
    std::unique_ptr<Stack> stack_;
    bool refused_ = false;
    bool writing_ = false;
    bool held_off_ = false;  ///< it is not read
    bool ended_ = false;
    bool forced_end_ = false;    ///< the next tick ends it
    bool said_goodbye_ = false;  ///< all was written, and it is we who end it
    enum class Turn : std::uint8_t { none, awaited, come };
    Turn refusal_ = Turn::none;  ///< of the last words to a stranger
    std::int64_t next_tick_ms_ = INT64_MAX;
    std::int64_t stuck_at_ms_ = INT64_MAX;  ///< while a write waits
    std::int64_t used_at_ms_ = 0;           ///< if it may be idle for too long
    std::string end_reason_;
    std::string peer_;
    const Admission admission_;
    std::optional<Link> link_;  ///< once the room is known
};

}  // namespace tern::gateway
