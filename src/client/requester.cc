#include "client/requester.h"

namespace tern::client {

Result<Requester> Requester::create(Session& session, Destination service) {
    if (session.ack_mode() != AckMode::automatic) {
        return failure(Errc::wrong_mode, "requests need a session that acknowledges by itself");
    }
    auto reply_to = session.create_temporary_queue();
    if (!reply_to) return std::unexpected(std::move(reply_to.error()));
    auto consumer = session.create_consumer(*reply_to);
    if (!consumer) return std::unexpected(std::move(consumer.error()));
    auto producer = session.create_producer(std::move(service));
    if (!producer) return std::unexpected(std::move(producer.error()));
    return Requester(std::move(*reply_to), std::move(*producer), std::move(*consumer));
}

Result<std::optional<Message>> Requester::request(Message message, milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    message.reply_to = reply_to_;
    if (message.correlation_id.empty()) {
        message.correlation_id = reply_to_.name + ":" + std::to_string(++requests_);
    }
    const auto id = producer_.send(message, timeout);
    if (!id) return std::unexpected(id.error());
    for (;;) {
        const auto left =
            std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
        auto reply = consumer_.receive(std::max(left, milliseconds::zero()));
        if (!reply || !*reply) return reply;
        const std::string& answers = (*reply)->correlation_id;
        if (answers == message.correlation_id || answers == *id) return reply;
    }
}

}  // namespace tern::client
