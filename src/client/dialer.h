#pragma once

#include "client/link.h"

namespace tern::client {

/// Connects to brokers: socket, TLS, the beginning of OpenWire. From any thread.
class Dialer {
public:
    /// `options` must outlive it. Errors: bad_argument (a file for TLS cannot be used).
    [[nodiscard]] static Result<Dialer> create(const ConnectionOptions& options, const Url& url);

    /// One attempt, which ends early when `cancel` is signalled, except while it looks a name up.
    /// Errors: unreachable; tls_failed; protocol_error; timed_out; connection_lost.
    [[nodiscard]] Result<std::unique_ptr<Link>> dial(const Endpoint& broker,
                                                     const WakeUp* cancel = nullptr) const;

private:
    explicit Dialer(const ConnectionOptions& options) : options_(&options) {}
    [[nodiscard]] Result<Socket> open_socket(const Endpoint& broker, Socket::Instant deadline,
                                             const WakeUp* cancel) const;

    const ConnectionOptions* options_;
    std::shared_ptr<const TlsContext> tls_;
};

}  // namespace tern::client
