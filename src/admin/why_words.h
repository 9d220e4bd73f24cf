#pragma once

#include "broker/api/operations.h"

#include <string>
#include <string_view>
#include <vector>

namespace tern::admin {

/// Who may be meant by a reason.
struct Clients {
    std::vector<broker::ConsumerStatus> consumers = {};
    std::vector<broker::ConnectionStatus> connections = {};
};

/// As the API calls it: "no_consumer".
[[nodiscard]] std::string_view name_of(broker::Obstacle::Why why);
/// A sentence without a full stop. `subject`: "queue", "message" or "connection", what was asked
/// about.
[[nodiscard]] std::string sentence(const broker::Obstacle& one, const Clients& clients,
                                   std::string_view subject, std::int64_t now_ms);
/// As in "3 s", "2 h 5 min".
[[nodiscard]] std::string duration_text(std::int64_t ms);
/// As in "2030-12-31 23:59:59 UTC".
[[nodiscard]] std::string time_text(std::int64_t ms);

}  // namespace tern::admin
