#pragma once

#include "protocol/amqp091/definitions.h"
#include "protocol/amqp091/totals.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tern::amqp091 {

/// Who may log in. Realms that look users up elsewhere come in at the same place.
struct User {
    std::string name;
    std::string password;
    bool loopback_only = false;
};

/// What the room may be told.
struct Options {
    std::string broker_name = "localhost";
    std::string version = "0";   ///< of this broker
    std::uint64_t instance = 0;  ///< differs at every start, for names that clients ask for
    std::uint32_t frame_bytes_max = 131072;
    std::uint16_t channels_max = 2047;
    std::uint16_t heartbeat_s = 60;
    std::int64_t handshake_timeout_ms = 10'000;
    /// How long a client may have a message without settling it; 0: as long as it likes.
    std::int64_t consumer_timeout_ms = 30 * 60 * 1000;
    /// Of queues whose declaration does not say: `classic` or `quorum`.
    std::string default_queue_type = "classic";
    std::uint64_t message_bytes_max = std::uint64_t{128} * 1024 * 1024;
    std::vector<User> users = {{"guest", "guest", true}};
    /// Counted by sessions, and never null.
    std::shared_ptr<Totals> totals = std::make_shared<Totals>();
    /// What is there from the start; filled in before that, and never null.
    std::shared_ptr<Definitions> definitions = std::make_shared<Definitions>();
};

/// The release whose behaviour this is; clients look for features by it.
constexpr const char* kCompatibleVersion = "4.2.0";

}  // namespace tern::amqp091
