#pragma once

#include "protocol/stomp/stored.h"

#include <expected>
#include <string>
#include <string_view>

namespace tern::stomp {

/// A destination as RabbitMQ's clients name it.
struct RabbitDestination {
    enum class Kind : std::uint8_t {
        queue,      ///< `/queue/N`, which is made when needed
        existing,   ///< `/amq/queue/N`
        exchange,   ///< `/exchange/E` or `/exchange/E/KEY`
        topic,      ///< `/topic/KEY`
        temporary,  ///< `/temp-queue/N`, in reply-to only
        reply,      ///< `/reply-queue/N`
    };

    Kind kind = Kind::queue;
    std::string name;  ///< of the queue or exchange
    std::string key;
};

/// Parts are divided by slashes, and `%2F` stands for one; otherwise what is wrong, in words.
[[nodiscard]] std::expected<RabbitDestination, std::string> parse_rabbitmq(std::string_view text);

/// Where a message was sent to, in these names; what is no plain ASCII is escaped.
[[nodiscard]] std::string rabbitmq_name(const StoredHead& stored);
/// Where an answer is to be sent to.
[[nodiscard]] std::string rabbitmq_reply_name(const broker::DestinationView& reply_to);

}  // namespace tern::stomp
