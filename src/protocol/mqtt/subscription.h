#pragma once

#include "base/hash.h"
#include "protocol/mqtt/codec/packets.h"

#include <string>
#include <unordered_map>

namespace tern::mqtt {

/// Where the messages of a filter wait for the client.
enum class Channel : std::uint8_t {
    live,     ///< a subscription that ends with the connection
    durable,  ///< one of the session's, which outlives it
    shared,   ///< one of a group of clients
};

struct Subscription {
    SubscribeOptions options;
    std::uint32_t identifier = 0;  ///< 0: none
    Channel channel = Channel::live;

    bool operator==(const Subscription&) const = default;
};

/// The subscriptions of one session by their filters.
using Subscriptions = std::unordered_map<std::string, Subscription, StringHash, std::equal_to<>>;

}  // namespace tern::mqtt
