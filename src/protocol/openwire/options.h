#pragma once

#include <cstdint>
#include <string>

namespace tern::openwire {

/// What an operator may set, and what this broker says of itself.
struct Options {
    std::int64_t frame_bytes_max = std::int64_t{100} * 1024 * 1024;
    /// Compressed bodies that are larger are not read for others.
    std::int64_t inflated_bytes_max = std::int64_t{100} * 1024 * 1024;
    /// From accept until ConnectionInfo.
    std::int64_t handshake_timeout_ms = 30'000;
    std::int64_t inactivity_ms = 30'000;
    std::int64_t inactivity_initial_delay_ms = 10'000;
    bool tight_encoding = true;
    bool cache = false;
    bool tcp_no_delay = true;  ///< clients write each command at once
    /// Clients learn of each other; without, of temporary destinations only, which they need.
    bool advisories = true;
    /// Producers without a destination are among these.
    bool anonymous_producers = false;
    /// Messages to `ActiveMQ.Statistics.…` are answered with numbers.
    bool statistics = false;
    /// A client id goes to whoever asks for it last.
    bool link_stealing = false;
    std::string broker_name = "localhost";
    std::string data_directory;
    /// Stable over one run, another one in the next.
    std::string broker_id;
    std::string version;
};

}  // namespace tern::openwire
