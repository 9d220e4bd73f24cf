#pragma once

#include "admin/json.h"
#include "broker/api/queue_info.h"
#include "broker/route/exchange.h"

#include <string>
#include <string_view>

namespace tern::admin::rabbitmq {

// How RabbitMQ writes things, and calls them in paths.

/// What a path calls the exchange without a name.
inline constexpr std::string_view kDefaultExchange = "amq.default";
[[nodiscard]] inline std::string_view exchange_of(std::string_view in_path) {
    return in_path == kDefaultExchange ? std::string_view() : in_path;
}

[[nodiscard]] json::object exchange_json(const broker::Exchange& exchange);
[[nodiscard]] json::object binding_json(const broker::Binding& binding);
/// By which a binding is found between two: its key as it stands in a path, and what its arguments
/// hash to.
[[nodiscard]] std::string properties_key(const broker::Binding& binding);
/// That of every queue to the default exchange.
[[nodiscard]] broker::Binding default_binding(const broker::QueueInfo& queue);
/// `classic` or `quorum`.
[[nodiscard]] std::string_view type_of(const broker::QueueInfo& queue);
[[nodiscard]] json::object arguments_of(const broker::QueueInfo& queue);
[[nodiscard]] bool is_auto_delete(const broker::QueueInfo& queue);
[[nodiscard]] bool is_durable(const broker::QueueInfo& queue);

}  // namespace tern::admin::rabbitmq
