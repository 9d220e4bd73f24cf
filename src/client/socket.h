#pragma once

#include "bytes/output.h"
#include "client/tls.h"
#include "client/url.h"

#include <chrono>
#include <optional>
#include <span>
#include <utility>

namespace tern::client {

class WakeUp;

/// A connected stream socket that never blocks, except in `connect`, `secure` and `wait`; in TLS
/// after `secure`. One thread may read while another writes.
class Socket {
public:
    using Instant = std::chrono::steady_clock::time_point;

    /// Tries each address of the host, until `cancel` is signalled, if there is one.
    /// Errors: unreachable.
    [[nodiscard]] static Result<Socket> connect(const Endpoint& endpoint, Instant deadline,
                                                const WakeUp* cancel = nullptr);
    /// Takes over a connected socket.
    explicit Socket(int descriptor);
    Socket(Socket&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)), tls_(std::move(other.tls_)) {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        std::swap(tls_, other.tls_);
        return *this;
    }
    ~Socket();

    /// All that follows is encrypted. Errors: tls_failed; connection_lost.
    [[nodiscard]] Result<void> secure(const TlsContext& context, const std::string& host,
                                      bool verify_host, Instant deadline,
                                      const WakeUp* cancel = nullptr);

    /// Bytes read; nothing when there are none now.
    /// Errors: connection_lost (the peer has closed, or the connection broke).
    [[nodiscard]] Result<std::optional<std::size_t>> read_some(std::span<std::uint8_t> space);
    /// Writes what it can of `output` and removes that from it; false when the socket takes no more
    /// now. Errors: connection_lost.
    [[nodiscard]] Result<bool> write_some(Output& output);
    /// Whether `write_some` has taken bytes that the socket has not.
    [[nodiscard]] bool has_unsent() const { return tls_ && tls_->has_unsent(); }

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
    [[nodiscard]] Result<std::optional<std::size_t>> receive(std::span<std::uint8_t> space);
    [[nodiscard]] Result<bool> send(Output& output);
    [[nodiscard]] Result<bool> send_encrypted();
    [[nodiscard]] Result<bool> receive_encrypted();

    int descriptor_ = -1;
    std::unique_ptr<Tls> tls_;
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
    [[nodiscard]] bool signalled() const;

private:
    int descriptor_;
};

}  // namespace tern::client
