#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tern::amqp10 {

/// Another broker that clients may turn to.
struct Server {
    std::string host;
    std::uint16_t port = 0;
};

/// What clients of other protocols see of a message: what it says, as JMS maps it; that, with its
/// encoding for a body; or nothing but its encoding.
enum class Transformer : std::uint8_t { jms, native, raw };

/// What an operator may set, and what this broker says of itself.
struct Options {
    std::uint32_t frame_bytes_max = 128 * 1024;
    std::uint64_t message_bytes_max = std::uint64_t{100} * 1024 * 1024;
    /// Bodies of messages that come in several transfers and are larger go to files while they
    /// come; below 0: none do.
    std::int64_t large_bytes_min = std::int64_t{1024} * 1024;
    /// As announced: a peer is given up when it was silent for twice as long. 0: never.
    std::uint32_t idle_timeout_ms = 30'000;
    /// From accept until open.
    std::int64_t handshake_timeout_ms = 30'000;
    /// Messages a producer may send ahead.
    std::uint32_t producer_credit = 1000;
    /// Messages with an `_AMQ_DUPL_ID` that was seen before are dropped.
    bool detects_duplicates = true;
    Transformer transformer = Transformer::jms;
    /// There is a scheduler, so that messages may be delivered later.
    bool delayed_delivery = false;
    /// Announced to clients for when this broker fails.
    std::vector<Server> failover_servers = {};
    /// If it has a host, all clients are sent there.
    Server redirect = {};
    std::string container_id = "localhost";
    /// Stable over one run, another one in the next.
    std::string broker_id = {};
    std::string version = {};
};

}  // namespace tern::amqp10
