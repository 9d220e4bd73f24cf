#include "base/log.h"
#include "protocol/mqtt/codec/encoder.h"
#include "protocol/mqtt/codec/topics.h"
#include "protocol/mqtt/session.h"
#include "protocol/mqtt/tokens.h"
#include "protocol/mqtt/virtual_topics.h"

#include <algorithm>

namespace tern::mqtt {
namespace {

constexpr std::uint16_t kPacketIds = 65535;

/// Wildcards in front stand neither for `$…` nor for what the broker tells of itself.
bool is_hidden(std::string_view filter, std::string_view topic) {
    const bool wild = filter.starts_with('+') || filter.starts_with('#');
    return wild && (topic.starts_with('$') || topic.starts_with("ActiveMQ/Advisory/"));
}

std::uint16_t next_id(std::uint16_t id) {
    return id == kPacketIds ? std::uint16_t{1} : static_cast<std::uint16_t>(id + 1);
}

}  // namespace

Session::Source& Session::open_source(std::string_view filter, const Subscription& subscription) {
    const broker::ConsumerNumber number{++last_consumer_};
    Source& source = sources_[number.value];
    source.consumer = number;
    source.filter = filter;
    source.subscription = subscription;
    return source;
}

Session::Source* Session::find_source(broker::ConsumerNumber consumer) {
    const auto found = sources_.find(consumer.value);
    return found == sources_.end() ? nullptr : &found->second;
}

std::vector<broker::DeliveryTag> Session::sent_of(broker::ConsumerNumber consumer) const {
    std::vector<broker::DeliveryTag> tags;
    for (const auto& [packet_id, flight] : flights_) {
        const bool sent = flight.consumer == consumer && flight.tag.queue &&
                          flight.state == Flight::State::published;
        if (sent) tags.push_back(flight.tag);
    }
    return tags;
}

void Session::deliver(broker::ConsumerNumber consumer, const broker::QueueInfo&,
                      std::span<const broker::Delivery> deliveries) {
    if (phase_ == Phase::closed) return;
    if (consumer == state_) return state_delivered(deliveries);
    Source* const source = find_source(consumer);
    if (source == nullptr) return;
    std::size_t sent = 0;
    if (source->waiting.empty()) {
        while (sent < deliveries.size() && send_one(*source, deliveries[sent])) ++sent;
    }
    for (const broker::Delivery& one : deliveries.subspan(sent)) source->waiting.push_back(one);
    waiting_ += deliveries.size() - sent;
    settle_done();
    traffic_.flush();
}

void Session::browsed(broker::ConsumerNumber consumer, const broker::QueueInfo&,
                      std::span<const broker::Delivery> content, bool last) {
    if (phase_ == Phase::closed) return;
    if (consumer == state_) {
        state_delivered(content);
        if (last) loaded();
        return;
    }
    Source* const source = find_source(consumer);
    if (source != nullptr) retained_delivered(*source, content, last);
}

/// Of a queue's messages the last one counts; an empty one says that nothing is retained.
void Session::retained_delivered(Source& source, std::span<const broker::Delivery> content,
                                 bool last) {
    for (const broker::Delivery& one : content) {
        const auto stored = load(*one.message);
        if (stored) source.found.insert_or_assign(std::string(stored->topic), one.message);
    }
    if (!last) return;
    const broker::ConsumerNumber consumer = source.consumer;
    broker_.unsubscribe(consumer, {}, {});
    for (auto& [topic, message] : std::exchange(source.found, {})) {
        if (message->body().size() == 0) continue;
        source.waiting.push_back({.tag = {}, .message = std::move(message)});
        ++waiting_;
    }
    pump(source);
    if (source.waiting.empty()) sources_.erase(consumer.value);
}

void Session::cancelled(broker::ConsumerNumber consumer) {
    if (consumer != state_ || phase_ == Phase::closed) return;
    if (loading_) {
        // An earlier connection has ended the session in this moment.
        loading_ = false;
        state_ = {};
        subscriptions_.clear();
        flights_.clear();
        received_.clear();
        inflight_ = unanswered_ = 0;
        finish_connect(false);
    } else {
        fail(Reason::administrative_action, "the session was deleted");
    }
}

/// MQTT knows no end of a subscription that the client did not ask for.
void Session::revoked(broker::ConsumerNumber) {
    if (phase_ == Phase::closed) return;
    fail(Reason::not_authorized, "the client may not read any more what it subscribes to");
}

void Session::pump(Source& source) {
    while (!source.waiting.empty() && send_one(source, source.waiting.front())) {
        source.waiting.pop_front();
        --waiting_;
    }
}

void Session::pump_all() {
    for (auto next = sources_.begin(); waiting_ > 0 && next != sources_.end();) {
        Source& source = next->second;
        const bool had = !source.waiting.empty();
        pump(source);
        const bool finished = source.retained && had && source.waiting.empty();
        next = finished ? sources_.erase(next) : std::next(next);
    }
}

void Session::drained() {
    if (phase_ != Phase::connected) return;
    pump_all();
    settle_done();
}

MessagePtr Session::native(const Source& source, const MessagePtr& message) {
    if (message->header().format == Format::mqtt) return message;
    const auto hub = formats_.read(*message);
    if (!hub) {
        log::warning("mqtt", "{}: a message cannot be read for this client: {}", wire_.peer(),
                     hub.error().message());
        return nullptr;
    }
    // What came by way of another destination has the topic that was subscribed to.
    const bool wild = source.filter.find_first_of("+#") != std::string::npos;
    return from_hub(*hub, wild ? std::string_view() : std::string_view(source.filter));
}

bool Session::send_one(Source& source, const broker::Delivery& delivery) {
    if (wire_.output().size() >= protocol::Wire::kOutputBytesHigh) return false;
    const std::int64_t expires_at = delivery.message->header().expires_at_ms;
    const bool expired = expires_at != 0 && expires_at <= broker_.wall_ms();
    const MessagePtr message = expired ? nullptr : native(source, delivery.message);
    if (!expired && message == nullptr) {
        give_up(source, delivery.tag);
        return true;
    }
    auto stored = message ? load(*message) : Result<Stored>(failure(Errc::does_not_fit));
    if (stored && options_.virtual_topics) stored->topic = without_virtual_prefix(stored->topic);
    if (!stored || stored->topic.empty() || is_hidden(source.filter, stored->topic)) {
        done(source, delivery.tag);
        return true;
    }
    return send_publish(source, delivery, message, *stored);
}

bool Session::send_publish(Source& source, const broker::Delivery& delivery,
                           const MessagePtr& message, const Stored& stored) {
    const Subscription& subscription = source.subscription;
    const SubscribeOptions& options = subscription.options;
    if (options.no_local && stored.publisher == client_id_) {
        done(source, delivery.tag);
        return true;
    }
    Publish publish{.dup = delivery.failures > 0,
                    .qos = std::min(stored.qos, options.qos),
                    .retain = source.retained || (options.retain_as_published && stored.retain),
                    .topic = stored.topic,
                    .packet_id = 0,
                    .properties = stored.properties,
                    .payload = {}};
    if (publish.qos == Qos::at_most_once) {
        publish.dup = false;
    } else {
        if (inflight_ >= inflight_max_) return false;
        publish.packet_id = choose_packet_id(source, delivery.tag);
        if (publish.packet_id == 0) return false;
    }
    if (is_for_good(source, publish.qos) && lasts() && delivery.tag.queue) {
        ++inflight_;
        flights_[publish.packet_id] = {.state = Flight::State::taken,
                                       .qos = publish.qos,
                                       .consumer = source.consumer,
                                       .tag = delivery.tag,
                                       .record = {},
                                       .identifier = subscription.identifier,
                                       .retain = publish.retain,
                                       .message = message};
        taken_.push_back(publish.packet_id);
        return true;
    }
    if (!encode_head(publish, subscription.identifier, *message)) {
        traffic_.publishes_dropped += 1;
        done(source, delivery.tag);
        return true;
    }
    write_publish(*message);
    if (publish.qos == Qos::at_most_once) {
        done(source, delivery.tag);
        return true;
    }
    ++inflight_;
    flights_[publish.packet_id] = {.state = Flight::State::published,
                                   .qos = publish.qos,
                                   .consumer = source.consumer,
                                   .tag = delivery.tag,
                                   .record = {}};
    return true;
}

/// `scratch_` is its head.
void Session::write_publish(const Message& message) {
    Output& out = wire_.output();
    out.append(scratch_.bytes());
    out.append(message.body());
    traffic_.packets_sent += 1;
    traffic_.publishes_sent += 1;
    traffic_.publish_bytes_sent += message.body().size();
    traffic_.bytes_sent += scratch_.size() + message.body().size();
    scratch_.clear();
}

/// A message of the session's own queue has its identifier for good: after a restart it must be
/// sent again with the same one, so that the client knows it. 0: that one is in use.
std::uint16_t Session::choose_packet_id(const Source& source, const broker::DeliveryTag& tag) {
    if (source.subscription.channel == Channel::durable && tag.at) {
        const auto id = static_cast<std::uint16_t>(tag.at.lsn % kPacketIds + 1);
        return flights_.contains(id) ? 0 : id;
    }
    return free_packet_id();
}

/// 0: there is none.
std::uint16_t Session::free_packet_id() {
    if (flights_.size() >= kPacketIds) return 0;
    do {
        last_packet_id_ = next_id(last_packet_id_);
    } while (flights_.contains(last_packet_id_));
    return last_packet_id_;
}

/// Fills `scratch_` with all but the payload. False when the packet is larger than the client
/// takes.
bool Session::encode_head(Publish& publish, std::uint32_t identifier, const Message& message) {
    const std::size_t payload_bytes = message.body().size();
    properties_.clear();
    if (v5()) {
        Properties own;
        if (identifier != 0) own.subscription_identifiers = {identifier};
        if (const std::int64_t at = message.header().expires_at_ms; at != 0) {
            const std::int64_t left = (at - broker_.wall_ms() + 999) / 1000;
            own.message_expiry_interval =
                static_cast<std::uint32_t>(std::clamp<std::int64_t>(left, 1, UINT32_MAX));
        }
        if (peer_alias_max_ > 0) {
            const auto known = aliases_out_.find(publish.topic);
            if (known != aliases_out_.end()) {
                own.topic_alias = known->second;
                publish.topic = {};
            } else if (aliases_out_.size() < peer_alias_max_) {
                const auto alias = static_cast<std::uint16_t>(aliases_out_.size() + 1);
                own.topic_alias = alias;
                aliases_out_.emplace(publish.topic, alias);
            }
        }
        if (own != Properties{}) {
            std::ignore = encode_properties(properties_, own);  // numbers only
            properties_.append(publish.properties);
            publish.properties = properties_.bytes();
        }
    }
    const bool fits = encode_publish_head(scratch_, publish, payload_bytes, version_).has_value();
    if (fits && scratch_.size() + payload_bytes <= peer_packet_bytes_max_) return true;
    scratch_.clear();
    return false;
}

/// What cannot be read for this client cannot be for others of its kind.
void Session::give_up(const Source& source, const broker::DeliveryTag& tag) {
    if (!tag.queue) return;
    broker_.reject(source.consumer, {&tag, 1}, "The message cannot be read for an MQTT client");
    broker_.grant(source.consumer, 1);
}

void Session::done(Source& source, const broker::DeliveryTag& tag) {
    if (!tag.queue) return;
    if (source.done.empty()) unsettled_.push_back(source.consumer);
    source.done.push_back(tag);
}

void Session::settle_done() {
    keep_taken();
    for (const broker::ConsumerNumber number : std::exchange(unsettled_, {})) {
        Source* const source = find_source(number);
        if (source == nullptr) continue;
        const auto tags = std::exchange(source->done, {});
        broker_.settle(number, tags, broker::Outcome::accept, {});
        broker_.grant(number, static_cast<std::uint32_t>(tags.size()));
    }
}

// ---- acknowledgements

void Session::acknowledge(std::uint16_t packet_id, Reason reason, bool complete) {
    const auto found = flights_.find(packet_id);
    if (found == flights_.end()) {
        if (!complete) answer(PacketType::pubrel, packet_id, Reason::packet_identifier_not_found);
        return;
    }
    Flight& flight = found->second;
    if (complete != (flight.qos == Qos::at_least_once)) {
        return fail(Reason::protocol_error, "an acknowledgement of another quality of service");
    }
    if (!complete && flight.state != Flight::State::published) {
        if (flight.state == Flight::State::released) answer(PacketType::pubrel, packet_id);
        return;
    }
    Source* const source = find_source(flight.consumer);
    if (complete || is_failure(reason)) {
        if (source != nullptr) done(*source, flight.tag);
        if (flight.record.queue) forget(flight.record, {});
        flights_.erase(found);
        --inflight_;
        return pump_all();
    }
    received_by_client(packet_id);
}

void Session::received_by_client(std::uint16_t packet_id) {
    Flight& flight = flights_.at(packet_id);
    flight.state = Flight::State::released;
    Source* const source = find_source(flight.consumer);
    const bool was_kept = flight.record.queue && flight.message != nullptr;
    flight.message = nullptr;
    if (was_kept) return release_kept(packet_id, flight);
    if (!durable_ || source == nullptr || !flight.tag.queue) {
        if (source != nullptr) done(*source, flight.tag);
        return answer(PacketType::pubrel, packet_id);
    }
    const broker::TransactionNumber transaction = begin();
    broker_.settle(flight.consumer, {&flight.tag, 1}, broker::Outcome::accept, transaction);
    broker_.grant(flight.consumer, 1);
    release(packet_id, flight, transaction);
}

/// Once it is released the message must never be sent again: that is to be durable first.
void Session::release(std::uint16_t packet_id, Flight& flight,
                      broker::TransactionNumber transaction) {
    flight.state = Flight::State::releasing;
    remember(ReleasedRecord{packet_id}, transaction, {});
    broker_.commit(transaction, then([this, packet_id](std::error_code error) {
                       if (error) return fail(Reason::unspecified_error, error.message());
                       const auto released = flights_.find(packet_id);
                       if (released == flights_.end()) return;
                       released->second.state = Flight::State::released;
                       answer(PacketType::pubrel, packet_id);
                   }));
}

void Session::forget_flight(std::uint16_t packet_id) {
    const auto found = flights_.find(packet_id);
    if (found == flights_.end() || found->second.state != Flight::State::released) return;
    if (found->second.record.queue) forget(found->second.record, {});
    flights_.erase(found);
    --inflight_;
    pump_all();
}

}  // namespace tern::mqtt
