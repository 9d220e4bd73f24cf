#pragma once

#include "client/options.h"
#include "client/session.h"

#include <memory>

namespace tern::client {

/// A connection to a broker.
///
/// With a `failover:` URL it survives the loss of its broker: calls wait for the next one, where
/// sessions, producers, consumers, temporary destinations and open transactions are made again, and
/// what was not confirmed is sent again.
///
/// Threads: a connection has one of its own, which reads the socket, and with failover another one,
/// which connects; calls that wait for the broker block the caller. Any thread may use a
/// connection. A session, with all that it has created, is used by one thread at a time; sessions
/// of one connection do not hinder each other.
class Connection {
public:
    /// Connects and logs in. With failover it tries for as long as the URL says.
    /// Errors: bad_argument; unreachable; tls_failed; protocol_error; refused (user, password or
    /// client id); timed_out; connection_lost.
    [[nodiscard]] static Result<Connection> connect(ConnectionOptions options = {});
    /// The same over a connected stream socket, which is taken over, without failover.
    [[nodiscard]] static Result<Connection> adopt(int socket, ConnectionOptions options = {});
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    /// Closes.
    ~Connection();

    [[nodiscard]] Result<Session> create_session(const SessionOptions& options = {});

    /// Wakes all who wait for messages, and lets nobody wait any more: they get `interrupted`.
    /// Everything else goes on, except that nobody waits for a lost connection any more. May be
    /// called while other threads use the connection.
    void interrupt();

    /// Says goodbye: open transactions are rolled back, messages that nobody acknowledged go back
    /// to the broker. Waits for listeners that are at work. Whoever waits gets `closed`.
    /// Errors: wrong_mode (called by a listener); those that kept the goodbye from being said, and
    /// then the broker finds out by itself.
    [[nodiscard]] Result<void> close();

private:
    struct Parts;
    explicit Connection(std::shared_ptr<class Core> core);

    std::unique_ptr<Parts> parts_;
};

}  // namespace tern::client
