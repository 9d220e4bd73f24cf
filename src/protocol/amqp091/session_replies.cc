#include "protocol/amqp091/replies.h"
#include "protocol/amqp091/session.h"

#include <fmt/format.h>

// Direct reply-to: a channel that asks for it has an exclusive queue, under a name that nobody can
// guess, for as long as it is there.

namespace tern::amqp091 {

void Session::consume_replies(Channel& channel, const BasicConsume& method) {
    const auto refuse = [&](std::string_view text) {
        fail(channel, {ReplyCode::precondition_failed, std::string(text)});
    };
    if (!method.no_ack) return refuse("reply consumer cannot acknowledge");
    if (!channel.reply_queue.empty()) return refuse("reply consumer already set");
    const std::string tag = method.consumer_tag.text.empty()
                                ? generated("amq.ctag-")
                                : std::string(method.consumer_tag.text);
    if (channel.consumers.contains(tag)) {
        return fail(
            {ReplyCode::not_allowed, fmt::format("attempt to reuse consumer tag '{}'", tag)});
    }
    const std::string name = generated(std::string(kReplies) + '.');
    const bool no_wait = method.no_wait;
    exchanges_.declare_queue(
        address(name), {.durable = false, .exclusive = true, .vhost = vhost_},
        wait_for([this, &channel, name, tag, no_wait](std::error_code error,
                                                      const broker::QueueCounts&) {
            if (error) {
                return fail(channel, refusal(error, in_vhost("queue", kReplies, vhost_)));
            }
            channel.reply_queue = name;
            Consumer& consumer = add_consumer(channel, name);
            consumer.tag = tag;
            consumer.no_ack = true;
            subscribe(channel, consumer, 0, no_wait);
        }));
}

void Session::find_reply_queue(Channel& channel, const QueueDeclare& method) {
    const std::string_view name = method.queue.text;
    if (name != kReplies && exchanges_.find_queue(address(name)) == nullptr) {
        return fail_missing(channel, "queue", name);
    }
    if (method.no_wait) return;
    send(channel.number,
         QueueDeclareOk{.queue = method.queue, .message_count = 0, .consumer_count = 1});
}

void Session::forget_replies(Channel& channel) {
    if (channel.reply_queue.empty()) return;
    exchanges_.remove_queue(address(std::exchange(channel.reply_queue, {})), {}, {});
}

}  // namespace tern::amqp091
