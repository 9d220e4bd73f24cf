#pragma once

#include "protocol/stomp/codec/decoder.h"

#include <cstdint>
#include <string>

namespace tern::stomp {

/// What an operator may set, and what this broker says of itself.
struct Options {
    Limits limits;
    /// From accept until CONNECT.
    std::int64_t connect_timeout_ms = 30'000;
    /// What holds for clients that say nothing about heart-beats: how often they have to be heard,
    /// and want to hear something; 0: never.
    std::int64_t client_beat_ms = 0;
    std::int64_t server_beat_ms = 0;
    /// A client is given that many times the interval that it promised.
    double beat_grace = 1.0;
    /// Destinations are named as RabbitMQ's clients do (rabbitmq.h), and NACK puts messages back.
    bool rabbitmq = false;
    /// What all ids made here begin with: another one in each run.
    std::string broker_id;
    std::string version;
};

}  // namespace tern::stomp
