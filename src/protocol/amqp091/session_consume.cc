#include "base/log.h"
#include "protocol/amqp091/native.h"
#include "protocol/amqp091/replies.h"
#include "protocol/amqp091/session.h"

#include <fmt/format.h>

#include <algorithm>

namespace tern::amqp091 {

using broker::ConsumerNumber;
using broker::Outcome;

namespace {

/// Credit of a consumer that asked for no limit: it comes again as what was sent leaves.
constexpr std::uint32_t kUnlimitedCredit = 2048;

Failure unknown_tag(std::uint64_t tag) {
    return {ReplyCode::precondition_failed, fmt::format("unknown delivery tag {}", tag)};
}

}  // namespace

void Session::on(Channel& channel, const BasicQos& method) {
    if (method.prefetch_size != 0) {
        return fail({ReplyCode::not_implemented,
                     fmt::format("prefetch_size!=0 ({})", method.prefetch_size)});
    }
    (method.global ? channel.global_prefetch : channel.prefetch) = method.prefetch_count;
    send(channel.number, BasicQosOk{});
    deliver_held();
}

Consumer& Session::add_consumer(Channel& channel, const std::string& queue) {
    const ConsumerNumber number{++last_consumer_};
    Consumer& consumer = consumers_[number];
    consumer.number = number;
    consumer.channel = channel.number;
    consumer.queue = queue;
    consumer.address = address(queue);
    return consumer;
}

void Session::on(Channel& channel, const BasicConsume& method) {
    if (method.queue.text == kReplies) return consume_replies(channel, method);
    const std::string tag = method.consumer_tag.text.empty()
                                ? generated("amq.ctag-")
                                : std::string(method.consumer_tag.text);
    if (channel.consumers.contains(tag)) {
        return fail(
            {ReplyCode::not_allowed, fmt::format("attempt to reuse consumer tag '{}'", tag)});
    }
    const auto name = queue_name(channel, method.queue.text);
    if (!name || !may_read(channel, *name)) return;
    const broker::QueueInfoPtr queue = usable_queue(channel, *name);
    if (queue == nullptr) return;
    if (const auto refused = refused_by(*queue, *name, channel, method)) {
        return fail(channel, *refused);
    }
    const auto priority = read_priority(method.arguments.entries, in_vhost("queue", *name, vhost_));
    if (!priority) return fail(channel, priority.error());
    const bool quorum = queue->options != nullptr && queue->options->quorum;
    const bool exclusive = method.exclusive && !quorum;
    if (exclusive) queue->exclusive_consumer.store(true, std::memory_order_relaxed);
    Consumer& consumer = add_consumer(channel, *name);
    consumer.tag = tag;
    consumer.no_ack = method.no_ack;
    consumer.exclusive = exclusive;
    consumer.tells_failures = quorum;
    consumer.prefetch = method.no_ack ? 0 : channel.prefetch;
    consumer.arguments = as_text(method.arguments.entries);
    subscribe(channel, consumer, *priority, method.no_wait);
}

std::optional<Failure> Session::refused_by(const broker::QueueInfo& queue, const std::string& name,
                                           const Channel& channel,
                                           const BasicConsume& method) const {
    const bool single = queue.options != nullptr && queue.options->single_active_consumer;
    const bool quorum = queue.options != nullptr && queue.options->quorum;
    const std::string what = in_vhost("queue", name, vhost_);
    if (quorum && channel.global_prefetch > 0) {
        return Failure{ReplyCode::not_implemented, what + " does not support global qos"};
    }
    const std::uint32_t others = queue.consumers.load(std::memory_order_relaxed);
    const bool taken = queue.exclusive_consumer.load(std::memory_order_relaxed);
    const bool alone = method.exclusive && !quorum;
    if (taken || (alone && (single || others > 0))) {
        return Failure{ReplyCode::access_refused, what + " in exclusive use"};
    }
    return {};
}

void Session::subscribe(Channel& channel, Consumer& consumer, std::int16_t priority, bool no_wait) {
    const std::string tag = consumer.tag;
    channel.consumers[tag] = consumer.number;
    broker::Subscribe subscribe;
    subscribe.consumer = consumer.number;
    subscribe.destinations = {broker::Destination(broker::Domain::queue, false, consumer.address)};
    subscribe.credit = consumer.prefetch == 0 ? kUnlimitedCredit : consumer.prefetch;
    subscribe.priority = priority;
    subscribe.token = wait_for([this, &channel, name = consumer.queue, tag, no_wait](
                                   std::error_code error, const broker::QueueCounts&) {
        if (error) {
            const auto gone = consumers_.extract(channel.consumers[tag]);
            if (!gone.empty()) share(gone.mapped());
            channel.consumers.erase(tag);
            return fail(channel, refusal(error, in_vhost("queue", name, vhost_)));
        }
        if (!no_wait) send(channel.number, BasicConsumeOk{.consumer_tag = tag});
    });
    broker_.subscribe(std::move(subscribe));
}

void Session::on(Channel& channel, const BasicCancel& method) {
    const std::string tag(method.consumer_tag.text);
    const bool no_wait = method.no_wait;
    const auto told = [this, &channel, tag, no_wait](std::error_code, const broker::QueueCounts&) {
        if (!no_wait) send(channel.number, BasicCancelOk{.consumer_tag = tag});
    };
    const auto found = channel.consumers.find(tag);
    if (found == channel.consumers.end()) return told({}, {});
    Consumer& consumer = consumers_.at(found->second);
    // What is with the client stays there until it settles it or the channel ends; what it was not
    // sent yet goes back.
    std::vector<broker::DeliveryTag> unsent;
    erase_if(held_, [&](const Held& held) {
        if (held.consumer != consumer.number) return false;
        unsent.push_back(held.delivery.tag);
        return true;
    });
    if (!unsent.empty()) broker_.settle(consumer.number, unsent, Outcome::release, {});
    share(consumer);
    if (consumer.queue == channel.reply_queue) forget_replies(channel);
    consumer.cancelled = true;
    channel.cancelled.push_back(consumer.number);
    channel.consumers.erase(found);
    exchanges_.retire(consumer.number, wait_for(told));
}

void Session::on(Channel&, const BasicCancelOk&) {}  // of a cancellation the client was told of

void Session::cancelled(ConsumerNumber number) {
    const auto found = consumers_.find(number);
    if (found == consumers_.end() || wire_closed_) return;
    const Consumer consumer = found->second;
    consumers_.erase(found);
    Channel* const channel = find_channel(consumer.channel);
    if (channel == nullptr) return;
    if (channel->consumers.erase(consumer.tag) > 0 && cancel_notify_ && !channel->closing) {
        send(consumer.channel, BasicCancel{.consumer_tag = consumer.tag, .no_wait = true});
    }
    std::erase(channel->cancelled, number);
    std::erase_if(channel->getters, [number](const auto& one) { return one.second == number; });
    erase_if(held_, [number](const Held& held) { return held.consumer == number; });
}

void Session::on(Channel& channel, const BasicGet& method) {
    const auto name = queue_name(channel, method.queue.text);
    if (!name || !may_read(channel, *name)) return;
    const broker::QueueInfoPtr queue = usable_queue(channel, *name);
    if (queue == nullptr) return;
    const bool quorum = queue->options != nullptr && queue->options->quorum;
    if (quorum && queue->options->single_active_consumer) {
        return fail(channel, {ReplyCode::resource_locked,
                              fmt::format("cannot obtain access to locked {}. basic.get "
                                          "operations are not supported by quorum queues with "
                                          "single active consumer",
                                          in_vhost("queue", *name, vhost_))});
    }
    const auto known = channel.getters.find(*name);
    if (known != channel.getters.end()) {
        return get_from(channel, consumers_.at(known->second), method.no_ack);
    }
    Consumer& getter = add_consumer(channel, *name);
    getter.getter = true;
    getter.tells_failures = quorum;
    channel.getters[*name] = getter.number;
    exchanges_.open_getter(getter.number, getter.address);
    get_from(channel, getter, method.no_ack);
}

void Session::get_from(Channel& channel, Consumer& getter, bool no_ack) {
    getter.no_ack = no_ack;
    got_.reset();
    exchanges_.get(
        getter.number, wait_for([this, &channel, number = getter.number](
                                    std::error_code error, const broker::QueueCounts& counts) {
            if (error) {
                const std::string& queue = consumers_.at(number).queue;
                return fail(channel, refusal(error, in_vhost("queue", queue, vhost_)));
            }
            if (!got_) return send_empty(channel, consumers_.at(number));
            const broker::Delivery delivery = std::move(*got_);
            got_.reset();
            const Consumer& consumer = consumers_.at(number);
            const std::uint64_t tag = ++channel.last_tag;
            const bool readable =
                with_native(consumer, delivery, [&](const NativeView& native, const Buffer& body) {
                    send(channel.number,
                         BasicGetOk{.delivery_tag = tag,
                                    .redelivered = delivery.failures > 0,
                                    .exchange = native.exchange,
                                    .routing_key = native.routing_key,
                                    .message_count = static_cast<std::uint32_t>(counts.ready)});
                    send_content(channel.number, native.raw, body);
                });
            if (!readable) {
                send_empty(channel, consumer);
                return give_up(number, delivery);
            }
            count_delivery(consumer, delivery);
            if (consumer.no_ack) {
                broker_.settle(number, {&delivery.tag, 1}, Outcome::accept, {});
            } else {
                channel.unsettled.add({.tag = tag,
                                       .consumer = number,
                                       .delivery = delivery.tag,
                                       .delivered_ms = wire_.now_ms()});
            }
        }));
}

void Session::send_empty(Channel& channel, const Consumer& getter) {
    tally_.add(of_queue(Total::get_empty, getter.tells_failures));
    send(channel.number, BasicGetEmpty{});
}

void Session::deliver(ConsumerNumber number, const broker::QueueInfo&,
                      std::span<const broker::Delivery> deliveries) {
    const auto found = consumers_.find(number);
    if (found == consumers_.end() || wire_closed_) return;
    Consumer& consumer = found->second;
    if (consumer.getter) {
        if (!deliveries.empty()) got_ = deliveries.front();
        return;
    }
    Channel* const channel = find_channel(consumer.channel);
    if (channel == nullptr || channel->closing) return;
    if (consumer.cancelled) {
        std::vector<broker::DeliveryTag> back;
        for (const broker::Delivery& one : deliveries) back.push_back(one.tag);
        return broker_.settle(number, back, Outcome::release, {});
    }
    std::vector<broker::DeliveryTag> done;
    for (const broker::Delivery& delivery : deliveries) {
        if (!held_.empty() || !may_send(*channel, consumer)) {
            held_.push_back({number, delivery});
            continue;
        }
        send_delivery(*channel, consumer, delivery);
        if (consumer.no_ack) done.push_back(delivery.tag);
    }
    if (!done.empty()) broker_.settle(number, done, Outcome::accept, {});
    grant_owed(consumer);
}

bool Session::may_send(const Channel& channel, const Consumer& consumer) {
    const bool limited = channel.global_prefetch > 0 && !consumer.no_ack &&
                         channel.unsettled.count() >= channel.global_prefetch;
    return !limited && phase_ == Phase::running &&
           wire_.output().size() < protocol::Wire::kOutputBytesHigh;
}

void Session::grant_owed(Consumer& consumer) {
    if (consumer.owed < kUnlimitedCredit / 4) return;
    broker_.grant(consumer.number, std::exchange(consumer.owed, 0));
}

void Session::deliver_held() {
    for (auto one = held_.begin(); one != held_.end();) {
        const auto found = consumers_.find(one->consumer);
        Channel* const channel =
            found == consumers_.end() ? nullptr : find_channel(found->second.channel);
        if (channel == nullptr || channel->closing) {
            one = held_.erase(one);
            continue;
        }
        if (!may_send(*channel, found->second)) {
            ++one;
            continue;
        }
        const Held held = std::move(*one);
        one = held_.erase(one);
        send_delivery(*channel, found->second, held.delivery);
        if (found->second.no_ack) {
            broker_.settle(held.consumer, {&held.delivery.tag, 1}, Outcome::accept, {});
        }
        grant_owed(found->second);
    }
}

void Session::drained() {
    deliver_held();
}

template <class Use>
bool Session::with_native(const Message& message, Use use) {
    if (message.header().format == Format::amqp091) {
        const auto native = read_native(message.native());
        if (!native) return false;
        use(*native, message.body());
        return true;
    }
    const auto hub = formats_.read(message);
    if (!hub) {
        log::warning("amqp091", "{}: cannot read a message for a client: {}", wire_.peer(),
                     hub.error().message());
        return false;
    }
    Outgoing converted = from_hub(*hub, broker_.wall_ms());
    const auto native = read_native(converted.native.bytes());
    if (!native) return false;
    use(*native, converted.body);
    return true;
}

template <class Use>
bool Session::with_native(const Consumer& consumer, const broker::Delivery& delivery, Use use) {
    if (!consumer.tells_failures || delivery.failures == 0) {
        return with_native(*delivery.message, use);
    }
    bool told = false;
    const bool readable =
        with_native(*delivery.message, [&](NativeView native, const Buffer& body) {
            ByteWriter raw;
            told = append_with_header(raw, native.raw, "x-delivery-count",
                                      {std::int64_t{delivery.failures}})
                       .has_value();
            native.raw = raw.bytes();
            if (told) use(native, body);
        });
    return readable && told;
}

void Session::give_up(ConsumerNumber consumer, const broker::Delivery& delivery) {
    broker_.reject(consumer, {&delivery.tag, 1}, "The message cannot be read for an AMQP client");
}

void Session::send_delivery(Channel& channel, Consumer& consumer,
                            const broker::Delivery& delivery) {
    const std::uint64_t tag = ++channel.last_tag;
    const bool sent =
        with_native(consumer, delivery, [&](const NativeView& native, const Buffer& body) {
            send(channel.number, BasicDeliver{.consumer_tag = consumer.tag,
                                              .delivery_tag = tag,
                                              .redelivered = delivery.failures > 0,
                                              .exchange = native.exchange,
                                              .routing_key = native.routing_key});
            send_content(channel.number, native.raw, body);
        });
    if (consumer.prefetch == 0) ++consumer.owed;
    if (!sent) {
        give_up(consumer.number, delivery);
        // It counts as acknowledged.
        if (consumer.prefetch > 0) broker_.grant(consumer.number, 1);
        return;
    }
    count_delivery(consumer, delivery);
    if (consumer.no_ack) return;
    channel.unsettled.add({.tag = tag,
                           .consumer = consumer.number,
                           .delivery = delivery.tag,
                           .delivered_ms = wire_.now_ms()});
}

void Session::check_consumer_timeouts(std::int64_t now_ms) {
    // What the broker owes an answer about is answered first.
    if (then_) return;
    method_ = {};  // no method of the client's is to blame
    for (const auto& [number, channel] : channels_) {
        const Unacked* const oldest = channel->unsettled.oldest();
        if (oldest == nullptr || channel->closing) continue;
        const auto consumer = consumers_.find(oldest->consumer);
        const std::int64_t limit = consumer == consumers_.end()
                                       ? options_.consumer_timeout_ms
                                       : consumer_timeout_of(consumer->second);
        if (limit == 0 || now_ms - oldest->delivered_ms <= limit) continue;
        log::warning("amqp091", "{}: a message on channel {} was not acknowledged within {} ms",
                     wire_.peer(), number, limit);
        fail(*channel,
             {ReplyCode::precondition_failed,
              fmt::format("delivery acknowledgement on channel {} timed out. Timeout value used: "
                          "{} ms. This timeout value can be configured, see consumers doc guide to "
                          "learn more",
                          number, limit)});
    }
}

std::int64_t Session::consumer_timeout_of(const Consumer& consumer) const {
    const broker::QueueInfoPtr queue = exchanges_.find_queue(consumer.address);
    if (queue == nullptr || queue->options == nullptr) return options_.consumer_timeout_ms;
    const auto declared = amqp091::consumer_timeout_of(*queue->options);
    const auto by_policy = exchanges_.consumer_timeout_ms(*queue);
    if (declared && by_policy) return std::min(*declared, *by_policy);
    return declared ? *declared : by_policy.value_or(options_.consumer_timeout_ms);
}

void Session::count_delivery(const Consumer& consumer, const broker::Delivery& delivery) {
    const Total of_get = consumer.no_ack ? Total::got_unacked : Total::got_acked;
    const Total of_consume = consumer.no_ack ? Total::consumed_unacked : Total::consumed_acked;
    const bool quorum = consumer.tells_failures;
    tally_.add(of_queue(consumer.getter ? of_get : of_consume, quorum));
    if (delivery.failures > 0) tally_.add(of_queue(Total::redelivered, quorum));
}

void Session::send_content(std::uint16_t channel, Bytes raw, const Buffer& body) {
    Output& output = wire_.output();
    encode_content_header(scratch_, channel, body.size(), raw);
    const std::size_t piece_max = frame_max_ - kFrameOverhead;
    for (std::size_t at = 0; at < body.size(); at += piece_max) {
        const std::size_t size = std::min(piece_max, body.size() - at);
        scratch_.u8(static_cast<std::uint8_t>(FrameType::body));
        scratch_.u16(channel);
        scratch_.u32(static_cast<std::uint32_t>(size));
        if (size < Output::kReferenceBytesMin) {
            scratch_.append(body.bytes().subspan(at, size));
        } else {
            output.append(scratch_.bytes());
            scratch_.clear();
            output.append(body.slice(at, size));
        }
        scratch_.u8(kFrameEnd);
    }
    output.append(scratch_.bytes());
    scratch_.clear();
}

void Session::settle(const std::vector<Unacked>& taken, Outcome outcome,
                     broker::TransactionNumber transaction) {
    // In runs of one consumer: mostly there is only one.
    for (auto one = taken.begin(); one != taken.end();) {
        const auto end = std::find_if(one, taken.end(), [&](const Unacked& other) {
            return other.consumer != one->consumer;
        });
        std::vector<broker::DeliveryTag> tags;
        for (auto each = one; each != end; ++each) tags.push_back(each->delivery);
        broker_.settle(one->consumer, tags, outcome, transaction);
        const auto consumer = consumers_.find(one->consumer);
        if (outcome == Outcome::accept) {
            const bool quorum = consumer != consumers_.end() && consumer->second.tells_failures;
            tally_.add(of_queue(Total::acknowledged, quorum), tags.size());
        }
        if (consumer != consumers_.end() && consumer->second.prefetch > 0 &&
            !consumer->second.cancelled) {
            broker_.grant(one->consumer, static_cast<std::uint32_t>(tags.size()));
        }
        one = end;
    }
    if (!held_.empty()) deliver_held();
}

void Session::settle(Channel& channel, std::uint64_t tag, bool multiple, Outcome outcome) {
    auto taken = channel.unsettled.take(tag, multiple);
    if (!taken) return fail(channel, unknown_tag(tag));
    if (channel.transactional) {
        std::ranges::move(*taken, std::back_inserter(channel.settled_in_transaction));
        return;
    }
    settle(*taken, outcome, {});
}

void Session::on(Channel& channel, const BasicAck& method) {
    settle(channel, method.delivery_tag, method.multiple, Outcome::accept);
}

void Session::reject(Channel& channel, std::uint64_t tag, bool multiple, bool requeue) {
    auto taken = channel.unsettled.take(tag, multiple);
    if (!taken) return fail(channel, unknown_tag(tag));
    if (channel.transactional) {
        channel.requeue_in_transaction.insert(channel.requeue_in_transaction.end(), taken->size(),
                                              requeue);
        std::ranges::move(*taken, std::back_inserter(channel.rejected_in_transaction));
        return;
    }
    settle(*taken, requeue ? Outcome::fail : Outcome::reject, {});
}

void Session::on(Channel& channel, const BasicNack& method) {
    reject(channel, method.delivery_tag, method.multiple, method.requeue);
}

void Session::on(Channel& channel, const BasicReject& method) {
    reject(channel, method.delivery_tag, false, method.requeue);
}

void Session::recover(Channel& channel, bool requeue) {
    if (!requeue) return fail({ReplyCode::not_implemented, "requeue=false"});
    settle(channel.unsettled.take_all(), Outcome::fail, {});
}

void Session::on(Channel& channel, const BasicRecover& method) {
    recover(channel, method.requeue);
    if (method.requeue) send(channel.number, BasicRecoverOk{});
}

void Session::on(Channel& channel, const BasicRecoverAsync& method) {
    recover(channel, method.requeue);
}

}  // namespace tern::amqp091
