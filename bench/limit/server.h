#pragma once

#include "bench/limit/exchange.h"
#include "bench/limit/synced_log.h"
#include "bench/limit/wire.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tern::limit {

struct Connection {
    explicit Connection(int socket) : fd(socket) {}

    int fd;
    std::vector<char> in;      // bytes read; frames are complete up to the last one
    std::size_t in_bytes = 0;  // how much of `in` is used
    std::string out;
    std::size_t out_sent = 0;
    bool blocked = false;  // waits for the socket to take more
    std::vector<std::unique_ptr<Consumer>> consumers;
    /// Destination and message of what an open transaction has sent.
    std::vector<std::pair<std::string, std::string>> staged;
};

/// One thread, one loop: read all sockets that have something, answer into memory, sync if there
/// is a log, then write each socket once. Nothing leaves before the batch it depends on is on disk.
class Server {
public:
    /// Listens on a free port of 127.0.0.1. `log` may be null: then nothing is stored.
    explicit Server(SyncedLog* log);

    std::uint16_t port() const { return port_; }
    /// Serves until `stop` is true; a signal ends the wait for input.
    void run(const volatile bool& stop);

private:
    void accept_all();
    /// Both return false when the connection has ended.
    bool receive(Connection& connection);
    bool flush(Connection& connection);
    void set_blocked(Connection& connection, bool blocked);
    /// Returns how many bytes whole frames took, or -1 after nonsense.
    std::ptrdiff_t handle_frames(Connection& connection, std::string_view bytes);
    bool handle(Connection& connection, std::string_view frame);
    void publish(Connection& connection, std::string_view frame, Reader& in);
    void acknowledge(Connection& connection, std::string_view frame, Reader& in);
    void end_transaction(Connection& connection, Reader& in);
    void close(Connection& connection);

    int listener_;
    int poller_;
    std::uint16_t port_ = 0;
    SyncedLog* log_;
    Exchange exchange_;
    std::unordered_map<int, std::unique_ptr<Connection>> connections_;
};

}  // namespace tern::limit
