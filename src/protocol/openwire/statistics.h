#pragma once

#include "broker/api/queue_report.h"
#include "protocol/openwire/convert.h"
#include "protocol/openwire/options.h"

#include <map>
#include <optional>
#include <span>
#include <string>

namespace tern::openwire {

/// What somebody wants to know who sends a message to `ActiveMQ.Statistics.…`.
struct StatisticsQuestion {
    bool whole_broker = false;
    std::string queues = {};      ///< name or pattern
    bool ends_with_null = false;  ///< an empty answer follows the last one
};

/// None when a message to `destination` asks nothing of the kind.
[[nodiscard]] std::optional<StatisticsQuestion> statistics_question(
    const broker::DestinationView& destination);

/// How many producers each queue has.
using ProducerCounts = std::map<std::string, std::uint64_t, std::less<>>;

/// The map messages that answer it; `request` says to whom.
[[nodiscard]] std::vector<MessagePtr> statistics_answers(
    const StatisticsQuestion& question, const Message& request, const Options& options,
    std::span<const broker::QueueReport> reports, const ProducerCounts& producers);

}  // namespace tern::openwire
