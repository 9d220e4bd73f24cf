#pragma once

#include "admin/json.h"
#include "broker/api/operations.h"

#include <map>

namespace tern::admin {

/// How many things of a kind there are at each destination, by its name.
using Counts = std::map<std::string, std::size_t>;

// The broker's numbers as JSON, as docs of the API (openapi.json) describe them.

[[nodiscard]] json::object latencies_json(const broker::Latencies& all);
[[nodiscard]] json::object queue_json(const broker::QueueStatus& queue, const Counts& producers);
[[nodiscard]] json::object subscription_json(const broker::QueueStatus& subscription);
[[nodiscard]] json::object connection_json(const broker::ConnectionStatus& connection);
[[nodiscard]] json::object consumer_json(const broker::ConsumerStatus& consumer);
/// By the limits' names.
[[nodiscard]] json::object crossed_json(const broker::LimitCounts& crossed);
[[nodiscard]] json::object status_json(const broker::BrokerStatus& status);

/// As in "1-17": the shard and the number there.
[[nodiscard]] std::string to_text(const broker::ConnectionRef& connection);
[[nodiscard]] std::optional<broker::ConnectionRef> parse_connection(std::string_view text);
[[nodiscard]] std::string to_text(const broker::ConsumerRef& consumer);

/// What a destination's name means in paths: a queue's name, or `queue://NAME`, `topic://NAME`.
[[nodiscard]] std::optional<broker::Destination> parse_destination(std::string_view text);

/// A subscription's topics, separated by commas.
[[nodiscard]] std::string topics_of(const broker::QueueInfo& subscription);

}  // namespace tern::admin
