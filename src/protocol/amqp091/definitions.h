#pragma once

#include "broker/api/queue_options.h"
#include "broker/route/exchange.h"

#include <expected>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tern::amqp091 {

/// The exchanges, queues and bindings of a RabbitMQ server's export.
struct Definitions {
    std::vector<broker::Exchange> exchanges;
    std::vector<std::pair<std::string, broker::QueueOptions>> queues;  ///< by their addresses
    std::vector<broker::Binding> bindings;
    /// Of queues that do not say it, in virtual hosts that do.
    std::map<std::string, std::string, std::less<>> default_types;
    /// Called once all of it is there, if anything is to be made.
    std::function<void()> made = {};

    [[nodiscard]] std::string_view default_type(std::string_view vhost,
                                                std::string_view otherwise) const {
        const auto found = default_types.find(vhost);
        return found == default_types.end() ? otherwise : std::string_view(found->second);
    }
    [[nodiscard]] bool empty() const {
        return exchanges.empty() && queues.empty() && bindings.empty();
    }
    /// Reads an export (`rabbitmqctl export_definitions`), or says what is wrong with it.
    /// `otherwise`: the type of queues that do not say it, in virtual hosts that do not either.
    [[nodiscard]] static std::expected<Definitions, std::string> parse(std::string_view text,
                                                                       std::string_view otherwise);
};

}  // namespace tern::amqp091
