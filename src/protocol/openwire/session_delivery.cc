#include "base/log.h"
#include "protocol/openwire/session.h"

#include <algorithm>

namespace tern::openwire {

Session::ConsumerState* Session::find_consumer(broker::ConsumerNumber number) {
    const auto found = by_number_.find(number);
    return found == by_number_.end() ? nullptr : found->second;
}

Session::ConsumerState* Session::find_consumer(const std::optional<ConsumerId>& id) {
    if (!id || id->connection_id.view() != connection_id_) return nullptr;
    const auto found = consumers_.find({id->session_id, id->value});
    return found == consumers_.end() ? nullptr : found->second.get();
}

void Session::deliver(broker::ConsumerNumber number, const broker::QueueInfo& queue,
                      std::span<const broker::Delivery> deliveries) {
    ConsumerState* consumer = find_consumer(number);
    if (consumer == nullptr || closing_) return;
    const Destination from = from_broker(queue.bindings.front().view());
    for (const broker::Delivery& delivery : deliveries) forward(number, *consumer, from, delivery);
}

void Session::browsed(broker::ConsumerNumber number, const broker::QueueInfo& queue,
                      std::span<const broker::Delivery> content, bool last) {
    ConsumerState* consumer = find_consumer(number);
    if (consumer == nullptr || closing_) return;
    const Destination from = queue.bindings.empty()
                                 ? Destination{.type = DataType::queue, .physical_name = ""}
                                 : from_broker(queue.bindings.front().view());
    for (const broker::Delivery& delivery : content) forward(number, *consumer, from, delivery);
    if (last && std::exchange(consumer->browsing, false)) forward(number, *consumer, from, {});
}

void Session::forward(broker::ConsumerNumber number, ConsumerState& consumer,
                      const Destination& from, const broker::Delivery& delivery) {
    if (!held_.empty() || wire_.output().size() >= protocol::Wire::kOutputBytesHigh) {
        held_.push_back({.consumer = number,
                         .from = std::string(from.physical_name.view()),
                         .from_type = from.type,
                         .delivery = delivery});
    } else if (delivery.message != nullptr) {
        send_delivery(consumer, from, delivery);
    } else {
        send_nothing(consumer, from);
    }
}

void Session::send_delivery(ConsumerState& consumer, const Destination& from,
                            const broker::Delivery& delivery) {
    MessageDispatch dispatch;
    Message& message = dispatch.message.emplace();
    const auto native = foreign_.native(delivery.message, converter_);
    const auto loaded =
        native ? converter_.load(**native, message) : Result<void>(failure(native.error()));
    if (!loaded) {
        log::error("openwire", "{}: a stored message cannot be read: {}", wire_.peer(),
                   loaded.error().message());
        broker_.reject(consumer.window.number(), {&delivery.tag, 1}, loaded.error().message());
        return;
    }
    if (*native != delivery.message) number_foreign(message, options_.broker_id, delivery.tag);
    // A queue is what its messages come from, whatever they were sent to.
    if (!from.is_topic() || !message.destination) {
        const bool other =
            message.destination && to_broker(*message.destination) != to_broker(from);
        if (other && !message.original_destination) {
            message.original_destination = message.destination;
        }
        message.destination = from;
    }
    dispatch.consumer_id = ConsumerId{.connection_id = connection_id_,
                                      .session_id = consumer.key.first,
                                      .value = consumer.key.second};
    // Replayed to this consumer alone.
    if (!delivery.tag.queue && !consumer.browser) message.target_consumer_id = dispatch.consumer_id;
    // A topic subscription may cover several topics: its messages know which one they came by.
    dispatch.destination = message.destination;
    dispatch.redelivery_counter =
        message.redelivery_counter + static_cast<std::int32_t>(delivery.failures);
    message.redelivery_counter = dispatch.redelivery_counter;
    message.group_first_for_consumer = delivery.first_of_group;
    message.broker_out_time = broker_.wall_ms();
    if (message.message_id) message.message_id->broker_sequence_id = ++last_sequence_;
    const Dispatched sent{.key = message.message_id ? key_of(*message.message_id) : MessageKey{},
                          .message = *native,
                          .tag = delivery.tag,
                          .sequence = last_sequence_};
    consumer.window.sent(sent);
    consumer.pulling = false;
    const auto content_at = encoder_.encode_around_content(dispatch, scratch_);
    if (!content_at) {
        scratch_.clear();
        log::warning("openwire", "{}: a message cannot be sent to this client: {}", wire_.peer(),
                     content_at.error().message());
        const std::size_t last = consumer.window.in_flight();
        return reject(consumer, {last - 1, last}, content_at.error().message());
    }
    Output& out = wire_.output();
    out.append(scratch_.bytes().first(*content_at));
    out.append((*native)->body());
    out.append(scratch_.bytes().subspan(*content_at));
    scratch_.clear();
    ++sent_frames_;
}

void Session::send_nothing(const ConsumerState& consumer, std::optional<Destination> from) {
    send(MessageDispatch{.consumer_id = ConsumerId{.connection_id = connection_id_,
                                                   .session_id = consumer.key.first,
                                                   .value = consumer.key.second},
                         .destination = from});
}

void Session::on(const MessagePull& pull) {
    const Reply reply = reply_to(pull);
    ConsumerState* consumer = find_consumer(pull.consumer_id);
    if (consumer == nullptr) {
        return refuse(reply, "java.lang.IllegalArgumentException", "Unknown consumer");
    }
    answer(reply);
    consumer->pulling = true;
    consumer->pull_until_ms = 0;
    if (consumer->window.take_pull()) broker_.grant(consumer->window.number(), 1);
    if (pull.timeout < 0) return end_pull(*consumer);
    if (pull.timeout == 0) return;
    consumer->pull_until_ms = wire_.now_ms() + pull.timeout;
    wire_.tick_by(consumer->pull_until_ms);
}

void Session::end_pull(ConsumerState& consumer) {
    const broker::ConsumerNumber number = consumer.window.number();
    broker_.drain(number, then([this, number](std::error_code) {
                      ConsumerState* drained = find_consumer(number);
                      // What is held back for it is the answer.
                      const bool held = std::ranges::any_of(held_, [number](const Held& one) {
                          return one.consumer == number && one.delivery.message != nullptr;
                      });
                      if (drained == nullptr || held) return;
                      if (!std::exchange(drained->pulling, false)) return;
                      drained->window.drained();
                      send_nothing(*drained, {});
                  }));
}

void Session::end_late_pulls(std::int64_t now_ms) {
    for (const auto& [key, consumer] : consumers_) {
        const bool timed = consumer->pulling && consumer->pull_until_ms != 0;
        if (!timed) continue;
        if (now_ms < consumer->pull_until_ms) {
            wire_.tick_by(consumer->pull_until_ms);
        } else {
            consumer->pull_until_ms = 0;
            end_pull(*consumer);
        }
    }
}

}  // namespace tern::openwire
