#pragma once

#include "broker/api/destination.h"
#include "message/message.h"

#include <cstdint>
#include <limits>
#include <string>

namespace tern::broker {

/// When a message is wanted.
struct Schedule {
    std::int64_t delay_ms = 0;   ///< before the first delivery
    std::int64_t period_ms = 0;  ///< between deliveries
    std::int32_t repeat = 0;     ///< deliveries after the first one; below 0: without end
    /// At these times of the calendar; if there are repeats, each begins such a series.
    std::string cron = {};

    bool operator==(const Schedule&) const = default;
};

/// A message that waits for its time.
struct ScheduledJob {
    std::string id = {};  ///< unique for ever
    Destination to = {};
    Schedule schedule = {};        ///< `repeat`: what is left
    std::int64_t accepted_ms = 0;  ///< since 1970: when it was sent
    std::int64_t due_ms = 0;
    std::uint32_t deliveries = 0;  ///< so far
    MessagePtr message = nullptr;  ///< as it was sent
};

/// Which jobs somebody speaks of: all that these say.
struct JobSelection {
    std::string id = {};  ///< empty: any
    std::int64_t due_from_ms = std::numeric_limits<std::int64_t>::min();
    std::int64_t due_to_ms = std::numeric_limits<std::int64_t>::max();
    std::size_t limit = std::numeric_limits<std::size_t>::max();  ///< the first so many

    [[nodiscard]] bool takes(const ScheduledJob& job) const {
        return (id.empty() || id == job.id) && job.due_ms >= due_from_ms && job.due_ms <= due_to_ms;
    }
};

}  // namespace tern::broker
