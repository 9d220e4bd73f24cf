#pragma once

#include "bytes/output.h"
#include "client/options.h"

#include <memory>
#include <mutex>
#include <span>

struct ssl_ctx_st;
struct ssl_st;

namespace tern::client {

/// What all TLS connections of one configuration share: whom we trust and who we are.
class TlsContext {
public:
    /// Errors: bad_argument (a file cannot be used).
    [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> create(
        const TlsOptions& options);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    [[nodiscard]] ssl_ctx_st* get() const { return context_; }

private:
    explicit TlsContext(ssl_ctx_st* context) : context_(context) {}

    ssl_ctx_st* context_;
};

/// The client's side of one TLS connection, between bytes in the open and bytes for the socket.
/// From any thread.
class Tls {
public:
    /// Without a host anybody whom we trust will do.
    Tls(const TlsContext& context, const std::string& host, bool verify_host);
    ~Tls();
    Tls(const Tls&) = delete;
    Tls& operator=(const Tls&) = delete;

    /// True when the other side is known and all is set up; else it needs more. Errors: tls_failed.
    [[nodiscard]] Result<bool> handshake();
    /// What came from the socket.
    void received(std::span<const std::uint8_t> bytes);
    /// What it meant; 0 when more has to come.
    /// Errors: connection_lost (the other side said goodbye); tls_failed.
    [[nodiscard]] Result<std::size_t> read(std::span<std::uint8_t> space);
    /// Errors: tls_failed.
    [[nodiscard]] Result<void> write(std::span<const std::uint8_t> bytes);
    void say_goodbye();
    /// Calls `send(output)` with what waits for the socket.
    template <class Send>
    [[nodiscard]] auto send(Send send) {
        const std::lock_guard lock(mutex_);
        return send(unsent_);
    }
    [[nodiscard]] bool has_unsent() {
        const std::lock_guard lock(mutex_);
        return !unsent_.empty();
    }
    /// Whether the next `read` may give something though nothing has been received since the last.
    [[nodiscard]] bool has_unread() {
        const std::lock_guard lock(mutex_);
        return has_unread_;
    }

private:
    void collect();
    [[nodiscard]] Error problem(int result);

    std::mutex mutex_;
    ssl_st* tls_;
    Output unsent_;
    bool has_unread_ = false;
};

}  // namespace tern::client
