#pragma once

#include "admin/api.h"
#include "admin/json.h"
#include "broker/api/operations.h"

#include <string>
#include <vector>

namespace tern::admin {

/// Something that an operator should look at.
struct HealthFinding {
    std::string id;      ///< what kind, as in "no_consumer"
    std::string about;   ///< the queue, or what is limited
    std::string cause;   ///< a sentence with its numbers
    std::string remedy;  ///< what to do
};

/// Looks at the queues with most messages; none found: the broker is well. `about` outlives it.
void look_at_health(broker::Operations& broker, const About& about,
                    broker::Reply<std::vector<HealthFinding>> done);

/// What is wrong with these queues and their consumers, or with all of the broker.
[[nodiscard]] std::vector<HealthFinding> judge(
    const About& about, const broker::BrokerStatus& status,
    const std::vector<broker::QueueStatus>& queues,
    const std::vector<broker::ConsumerStatus>& consumers);

/// As ActiveMQ calls what it knows, too.
[[nodiscard]] std::string classic_id(const HealthFinding& finding);

[[nodiscard]] json::object to_json(const HealthFinding& finding);

}  // namespace tern::admin
