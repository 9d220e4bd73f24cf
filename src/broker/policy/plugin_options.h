#pragma once

#include "broker/api/destination.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tern::broker {

/// Messages get the broker's time, and live no longer than it allows.
struct TimeStamping {
    std::int64_t zero_expiration_ms = 0;  ///< how long those live that say nothing; 0: for ever
    std::int64_t life_ms_max = 0;         ///< 0: no limit
    bool future_only = false;             ///< never to an earlier time than the sender's
    bool network_messages = false;        ///< those that came from another broker, too

    bool operator==(const TimeStamping&) const = default;
};

/// All messages are persistent, or none.
struct ForcePersistence {
    bool persistent = false;

    bool operator==(const ForcePersistence&) const = default;
};

/// What the headers of messages to some destinations are made to say, whatever their senders did.
struct HeaderRule : TimeStamping {
    bool forces_expiry = false;  ///< what is said of times holds
    bool forces_persistence = false;
    bool persistent = true;

    bool operator==(const HeaderRule&) const = default;
};

/// Messages that nobody could consume are dropped.
struct DiscardDeadLetters {
    bool all = true;  ///< otherwise those of:
    bool temporary_topics = true;
    bool temporary_queues = true;
    std::string only;  ///< destinations, by regular expressions between blanks
    std::int32_t report_every = 1000;

    bool operator==(const DiscardDeadLetters&) const = default;
};

/// How often and when a message that nobody could consume is delivered again.
struct Redelivery {
    std::int32_t redeliveries_max = 6;  ///< -1: no limit
    std::int64_t initial_delay_ms = 1000;
    std::int64_t delay_ms = 1000;
    std::int64_t delay_ms_max = -1;
    bool exponential = false;
    double multiplier = 5.0;
    bool collision_avoidance = false;
    std::int32_t collision_avoidance_percent = 15;
    bool check_before_dispatch = true;

    bool operator==(const Redelivery&) const = default;
};

struct BrokerRedelivery {
    struct Rule {
        Destination pattern;
        Redelivery policy;

        bool operator==(const Rule&) const = default;
    };

    /// Where no rule is for a destination, messages become dead letters: otherwise they are gone.
    bool fall_back = true;
    bool dead_letter_when_exceeded = true;
    std::vector<Rule> rules;
    std::optional<Redelivery> otherwise;

    bool operator==(const BrokerRedelivery&) const = default;
};

}  // namespace tern::broker
