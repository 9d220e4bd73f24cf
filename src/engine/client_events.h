#pragma once

#include "base/log.h"
#include "broker/api/event_log.h"
#include "engine/connection.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace tern::engine {

/// For the log, under one of the names of `event_log.h`: what a client does. Runs on: its shard.
template <class... Args>
void tell_event(const Connection& client, ShardId shard, std::string_view events,
                fmt::format_string<Args...> what, Args&&... args) {
    if (!log::enabled(log::Level::debug) || client.hidden()) return;
    log::debug(events, "connection {}-{} {}", shard.value, client.number().value,
               fmt::format(what, std::forward<Args>(args)...));
}

}  // namespace tern::engine
