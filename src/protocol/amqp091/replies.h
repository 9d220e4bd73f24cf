#pragma once

#include <string_view>

namespace tern::amqp091 {

/// What clients consume from, and name as where to reply to, to get answers without a queue of
/// their own; followed by a dot and more it is where one channel's answers come.
constexpr std::string_view kReplies = "amq.rabbitmq.reply-to";

[[nodiscard]] constexpr bool is_for_replies(std::string_view queue) {
    return queue.starts_with(kReplies) &&
           (queue.size() == kReplies.size() || queue[kReplies.size()] == '.');
}

}  // namespace tern::amqp091
