#pragma once

#include "bytes/output.h"
#include "client/error.h"
#include "client/url.h"

#include <chrono>
#include <optional>
#include <span>
#include <utility>

namespace tern::client {

/// A connected stream socket that never blocks, except in `connect` and `wait`.
class Socket {
public:
    using Instant = std::chrono::steady_clock::time_point;

    /// Tries each address of the host. Errors: unreachable.
    [[nodiscard]] static Result<Socket> connect(const Endpoint& endpoint, Instant deadline);
    /// Takes over a connected socket.
    explicit Socket(int descriptor);
    Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~Socket();

    /// Bytes read; nothing when there are none now.
    /// Errors: connection_lost (the peer has closed, or the connection broke).
    [[nodiscard]] Result<std::optional<std::size_t>> read_some(std::span<std::uint8_t> space);
    /// Writes what it can of `output` and removes that from it; false when the socket takes no more
    /// now. Errors: connection_lost.
    [[nodiscard]] Result<bool> write_some(Output& output);

    enum class Want { read, write, read_and_write };
    struct Ready {
        bool socket_read = false;
        bool socket_write = false;
        bool other_read = false;
    };
    /// Waits for the socket, or until another descriptor can be read, or for the deadline; may
    /// return early with nothing. An error of the socket counts as both.
    [[nodiscard]] Ready wait(Want want, int other_descriptor, Instant deadline) const;

private:
    int descriptor_ = -1;
};

/// Wakes a thread that waits for a socket.
class WakeUp {
public:
    WakeUp();
    ~WakeUp();
    WakeUp(const WakeUp&) = delete;
    WakeUp& operator=(const WakeUp&) = delete;

    /// Runs on: any thread.
    void signal();
    void clear();
    /// -1 when the system has no more of them.
    [[nodiscard]] int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace tern::client
