#pragma once

#include "client/options.h"

#include <string_view>
#include <vector>

namespace tern::client {

/// A broker, and what its URL says about the way there.
struct Endpoint {
    static constexpr std::uint16_t kPortDefault = 61616;

    std::string host{};
    std::uint16_t port = kPortDefault;
    bool tls = false;
    /// Of `ssl://`; nothing: as TlsOptions says. Likewise below.
    std::optional<bool> verify_host{};
    std::optional<milliseconds> connect_timeout{};
    std::optional<milliseconds> inactivity{};
    std::optional<milliseconds> inactivity_initial_delay{};
    std::optional<int> version{};
    std::optional<bool> tight_encoding{};

    /// `tcp://host:port`, without options.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool same_place(const Endpoint& other) const {
        return host == other.host && port == other.port && tls == other.tls;
    }
    bool operator==(const Endpoint&) const = default;
};

/// What `failover:` may say, with the names and defaults of ActiveMQ's clients.
struct FailoverOptions {
    bool randomize = true;
    milliseconds initial_reconnect_delay{10};
    milliseconds max_reconnect_delay{30'000};
    bool use_exponential_back_off = true;
    double back_off_multiplier = 2.0;
    /// Rounds through all brokers; -1 is no limit.
    int max_reconnect_attempts = -1;
    /// The same for the first connection; -1 is as `max_reconnect_attempts`.
    int startup_max_reconnect_attempts = -1;
    /// How long a call waits for a connection; negative is for ever.
    milliseconds timeout{-1};
    bool priority_backup = false;
    std::vector<Endpoint> priority_uris{};
    /// Messages whose sender does not wait are sent again after a loss, the newest up to so many
    /// bytes.
    bool track_messages = false;
    std::size_t max_cache_size = std::size_t{128} * 1024;
    int warn_after_reconnect_attempts = 10;
    /// Whether the broker may name another, and other brokers of its cluster.
    bool reconnect_supported = true;
    bool update_uris_supported = true;

    bool operator==(const FailoverOptions&) const = default;
};

struct Url {
    /// At least one; without failover exactly one.
    std::vector<Endpoint> brokers{};
    std::optional<FailoverOptions> failover{};
};

/// Reads `tcp:`, `ssl:` and `failover:` URLs, and applies `jms.` options of theirs to `options`.
/// Errors: bad_argument.
[[nodiscard]] Result<Url> parse_url(std::string_view url, ConnectionOptions& options);
/// The same for who wants to know whether it is good.
[[nodiscard]] Result<Url> parse_url(std::string_view url);
/// One broker, without `failover:`. Errors: bad_argument.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view url);

}  // namespace tern::client
