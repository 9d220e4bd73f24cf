#pragma once

#include "broker/api/ids.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tern::broker {

/// Something that happened to a message that is followed.
struct TraceEvent {
    enum class What : std::uint8_t {
        received,    ///< from `who`, to `at`
        sent_on,     ///< the broker itself sends it to `at`: an operator, a policy or its time did
        unwanted,    ///< no queue wants it
        stored,      ///< it is durable
        confirmed,   ///< its sender was told so
        refused,     ///< it could not be stored
        queued,      ///< it is on the queue `at`
        dispatched,  ///< from `at` to `who`
        accepted,    ///< gone from `at`, as whoever consumed it wanted
        returned,    ///< back on `at`, as if it had not been delivered
        failed,      ///< the same, counted as a failed delivery
        rejected,    ///< gone from `at`: a consumer does not want it ever again,
        exhausted,   ///< or it has failed as often as it may,
        expired,     ///< or its time was over,
        overflowed,  ///< or there was too much on it,
        discarded,   ///< or its subscriber did not take it in time
        due,         ///< the time that it waited for has come
        removed,     ///< gone from `at`: somebody or something took it off
    };

    std::uint64_t message = 0;  ///< its number among those that are followed; 0: none
    std::int64_t at_us = 0;     ///< since 1970
    What what = What::received;
    std::string at = {};                  ///< a destination
    std::optional<ConsumerRef> who = {};  ///< a consumer; with the number 0 a connection
    /// The message's id when it is received; why something happened.
    std::string detail = {};
};

/// A message's way through the broker.
struct Trace {
    std::uint64_t message = 0;  ///< its number: unique in this run of the broker
    std::vector<TraceEvent> events = {};
};

/// The newest ones that have to do with a destination whose name contains `search`, or that have
/// `search` as their message's id; empty: all.
struct TraceQuery {
    std::string search = {};
    std::size_t limit = 100;
};

struct TracePage {
    double share = 0;  ///< of what is sent now, that is followed
    std::vector<Trace> traces = {};
};

}  // namespace tern::broker
