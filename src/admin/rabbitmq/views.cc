#include "admin/rabbitmq/views.h"

#include "admin/target.h"
#include "bytes/crc32c.h"
#include "protocol/amqp091/arguments.h"
#include "protocol/amqp091/json.h"
#include "protocol/amqp091/json_table.h"

#include <array>

namespace tern::admin::rabbitmq {

json::object exchange_json(const broker::Exchange& exchange) {
    return {{"name", json_text(exchange.name)},
            {"vhost", json_text(exchange.vhost)},
            {"type", amqp091::name_of(exchange.type)},
            {"durable", exchange.durable},
            {"auto_delete", exchange.auto_delete},
            {"internal", exchange.internal},
            {"arguments", amqp091::table_json(as_bytes(exchange.arguments))}};
}

std::string properties_key(const broker::Binding& binding) {
    if (binding.key.empty() && binding.arguments.empty()) return "~";
    // What stands between key and hash is no part of either.
    std::string key;
    for (const char c : escape(binding.key)) {
        if (c == '~') {
            key += "%7E";
        } else {
            key += c;
        }
    }
    if (binding.arguments.empty()) return key;
    const std::uint32_t hash = crc32c(as_bytes(binding.arguments));
    std::array<char, 4> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<char>(hash >> (24 - 8 * i) & 0xFFU);
    }
    return key + '~' + amqp091::to_base64_url({bytes.data(), bytes.size()});
}

json::object binding_json(const broker::Binding& binding) {
    const std::string_view destination = binding.to_exchange
                                             ? std::string_view(binding.destination)
                                             : broker::split_address(binding.destination).name;
    return {{"source", json_text(binding.source)},
            {"vhost", json_text(binding.vhost)},
            {"destination", json_text(destination)},
            {"destination_type", binding.to_exchange ? "exchange" : "queue"},
            {"routing_key", json_text(binding.key)},
            {"arguments", amqp091::table_json(as_bytes(binding.arguments))},
            {"properties_key", json_text(properties_key(binding))}};
}

broker::Binding default_binding(const broker::QueueInfo& queue) {
    const std::string& address = queue.bindings.front().name;
    const auto [vhost, name] = broker::split_address(address);
    return {.vhost = std::string(vhost),
            .source = {},
            .to_exchange = false,
            .destination = address,
            .key = std::string(name)};
}

std::string_view type_of(const broker::QueueInfo& queue) {
    return queue.options != nullptr && queue.options->quorum ? "quorum" : "classic";
}

json::object arguments_of(const broker::QueueInfo& queue) {
    if (queue.options == nullptr) return {};
    return amqp091::table_json(as_bytes(queue.options->arguments));
}

bool is_auto_delete(const broker::QueueInfo& queue) {
    return queue.options != nullptr && queue.options->auto_delete;
}

bool is_durable(const broker::QueueInfo& queue) {
    return queue.options != nullptr ? queue.options->durable : queue.durable == Durable::yes;
}

}  // namespace tern::admin::rabbitmq
