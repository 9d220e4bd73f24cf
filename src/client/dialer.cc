#include "client/dialer.h"

#include <algorithm>

namespace tern::client {
namespace {

/// What the broker's URL says goes before what holds for all.
ConnectionOptions with(const ConnectionOptions& all, const Endpoint& broker) {
    ConnectionOptions options = all;
    options.inactivity = broker.inactivity.value_or(all.inactivity);
    options.inactivity_initial_delay =
        broker.inactivity_initial_delay.value_or(all.inactivity_initial_delay);
    options.version = broker.version.value_or(all.version);
    options.tight_encoding = broker.tight_encoding.value_or(all.tight_encoding);
    return options;
}

}  // namespace

Result<Dialer> Dialer::create(const ConnectionOptions& options, const Url& url) {
    Dialer dialer(options);
    // With failover the broker may name others.
    if (url.failover || std::ranges::any_of(url.brokers, &Endpoint::tls)) {
        auto context = TlsContext::create(options.tls);
        if (!context) return std::unexpected(std::move(context.error()));
        dialer.tls_ = std::move(*context);
    }
    return dialer;
}

Result<std::unique_ptr<Link>> Dialer::dial(const Endpoint& broker, const WakeUp* cancel) const {
    const auto deadline = std::chrono::steady_clock::now() +
                          broker.connect_timeout.value_or(options_->connect_timeout);
    auto socket = open_socket(broker, deadline, cancel);
    if (!socket) return std::unexpected(std::move(socket.error()));
    return Link::open(std::move(*socket), with(*options_, broker), broker.host, deadline, cancel);
}

Result<Socket> Dialer::open_socket(const Endpoint& broker, Socket::Instant deadline,
                                   const WakeUp* cancel) const {
    Result<Socket> socket = failure(Errc::unreachable);
    if (options_->open_socket) {
        const auto opened = options_->open_socket(broker.host, broker.port);
        if (!opened) return std::unexpected(opened.error());
        socket = Socket(*opened);
    } else {
        socket = Socket::connect(broker, deadline, cancel);
    }
    if (!socket || !broker.tls) return socket;
    const bool verify_host = broker.verify_host.value_or(options_->tls.verify_host);
    auto secured = socket->secure(*tls_, broker.host, verify_host, deadline, cancel);
    if (!secured) return std::unexpected(std::move(secured.error()));
    return socket;
}

}  // namespace tern::client
