#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tern::broker {

/// What somebody can run into. Whoever notices it says so: operators see how often that was.
enum class Limit : std::uint8_t {
    memory,        ///< of all messages
    store,         ///< of all files
    temporary,     ///< of files of messages that are not persistent
    schedule,      ///< of messages that are wanted later
    disk,          ///< what has to be left of it
    destination,   ///< of the messages of one
    waiting,       ///< messages that wait for a subscriber, or in a ring
    slowness,      ///< of a consumer
    transaction,   ///< messages in one
    consumers,     ///< of a connection
    producers,     ///< of a connection
    destinations,  ///< under one policy, or of one user
    sessions,      ///< of a user, as its connections
};
inline constexpr std::size_t kLimits = 13;

using LimitCounts = std::array<std::uint64_t, kLimits>;

[[nodiscard]] constexpr std::string_view name_of(Limit limit) {
    switch (limit) {
        case Limit::memory:
            return "memory";
        case Limit::store:
            return "store";
        case Limit::temporary:
            return "temporary";
        case Limit::schedule:
            return "schedule";
        case Limit::disk:
            return "disk";
        case Limit::destination:
            return "destination";
        case Limit::waiting:
            return "waiting";
        case Limit::slowness:
            return "slowness";
        case Limit::transaction:
            return "transaction";
        case Limit::consumers:
            return "consumers";
        case Limit::producers:
            return "producers";
        case Limit::destinations:
            return "destinations";
        case Limit::sessions:
            return "sessions";
    }
    return "";
}

}  // namespace tern::broker
