#include "broker/api/errors.h"
#include "broker/route/exchange_broker.h"
#include "protocol/mqtt/codec/topics.h"
#include "protocol/mqtt/retained.h"
#include "protocol/mqtt/session.h"
#include "protocol/mqtt/tokens.h"
#include "protocol/mqtt/virtual_topics.h"

namespace tern::mqtt {

void Session::on(const Publish& publish, const Buffer* owner) {
    // Most have none, and making some takes as long as much of what follows.
    static const Properties none;
    std::optional<Properties> given;
    if (!publish.properties.empty()) {
        given = *decode_properties(publish.properties, PropertySite::publish);  // it is valid
        if (!given->subscription_identifiers.empty()) {
            return fail(Reason::protocol_error, "a subscription identifier from a client");
        }
        if (given->response_topic && !is_topic_name(*given->response_topic)) {
            return fail(Reason::protocol_error, "a response topic with wildcards");
        }
    }
    const Properties& properties = given ? *given : none;
    if (!resolve_alias(publish, properties)) return;
    traffic_.publishes_received += 1;
    traffic_.publish_bytes_received += publish.payload.size();
    const bool known = publish.qos == Qos::exactly_once && received_.contains(publish.packet_id);
    if (!known && publish.qos != Qos::at_most_once && v5() &&
        unanswered_ >= options_.receive_maximum) {
        return fail(Reason::receive_maximum_exceeded, "more messages under way than allowed");
    }
    if (known) {
        // Sent again: it was taken, and is answered when that is safe.
        if (!storing_.contains(publish.packet_id)) answer(PacketType::pubrec, publish.packet_id);
        return;
    }
    const auto expiry = properties.message_expiry_interval;
    const bool plain = !properties.topic_alias && !properties.message_expiry_interval;
    properties_.clear();
    Bytes forwarded = publish.properties;
    if (!plain) {
        std::ignore = encode_properties(properties_, passed_on(properties));  // it fits
        forwarded = properties_.bytes();
    }
    const MessagePtr message =
        store({.topic = stored_topic(publish.topic.empty() ? alias_topic_ : publish.topic),
               .publisher = client_id_,
               .qos = publish.qos,
               .retain = publish.retain,
               .properties = forwarded,
               .payload = publish.payload,
               .now_ms = wall_ms_,
               .expires_at_ms = expiry ? wall_ms_ + std::int64_t{*expiry} * 1000 : 0},
              owner);
    take(publish, message);
}

bool Session::resolve_alias(const Publish& publish, const Properties& properties) {
    if (!properties.topic_alias) return true;
    const std::uint16_t alias = *properties.topic_alias;
    if (alias == 0 || alias > options_.topic_alias_max) {
        fail(Reason::topic_alias_invalid, "a topic alias out of range");
        return false;
    }
    if (!publish.topic.empty()) {
        aliases_in_.insert_or_assign(alias, std::string(publish.topic));
        return true;
    }
    const auto known = aliases_in_.find(alias);
    if (known == aliases_in_.end()) {
        fail(Reason::protocol_error, "an unknown topic alias");
        return false;
    }
    alias_topic_ = known->second;
    return true;
}

void Session::take(const Publish& publish, const MessagePtr& message) {
    const std::string_view topic = publish.topic.empty() ? alias_topic_ : publish.topic;
    const std::uint16_t id = publish.packet_id;
    const PacketType reply =
        publish.qos == Qos::exactly_once ? PacketType::pubrec : PacketType::puback;
    const bool refused = broker_.guarded() && is_refused(topic);
    // Before version 5 nobody can be told: it is acknowledged or cut off (3.1.1, 3.3.5).
    if (refused && options_.close_refused_publishers && version_ == Version::v3_1_1) {
        return close("the client may not publish to " + std::string(topic));
    }
    if (refused && (publish.qos == Qos::at_most_once || v5())) {
        if (publish.qos != Qos::at_most_once) answer(reply, id, Reason::not_authorized);
        return;
    }
    const auto forward = [&](broker::TransactionNumber transaction, broker::Token token) {
        if (refused) {
            if (token) completed(token, {});
            return;
        }
        // Whether the topic may be made shows with the message: what is kept of it waits for that.
        const bool waits = publish.retain && broker_.guarded();
        if (waits) token = keep_after(topic, message, token);
        pass_on(topic, message, publish.retain && !waits, transaction, token);
    };
    if (publish.qos != Qos::at_most_once) ++unanswered_;
    if (publish.qos == Qos::exactly_once) received_[id];
    if (publish.qos == Qos::at_most_once) return forward({}, {});
    if (publish.qos == Qos::exactly_once) storing_.insert(id);
    const broker::Token token = packet_token(reply, id);
    if (publish.qos == Qos::at_least_once || !durable_) {
        return forward({}, token);
    }
    // The message and that it was received become durable together, or neither.
    const broker::TransactionNumber transaction = begin();
    forward(transaction, {});
    remember(ReceivedRecord{id}, transaction, {});
    broker_.commit(transaction, token);
}

bool Session::is_refused(std::string_view topic) {
    if (options_.virtual_topics) {
        swap_names(with_virtual_prefix(topic), name_);
    } else {
        swap_names(topic, name_);
    }
    return static_cast<bool>(broker_.may_publish({broker::Domain::topic, false, name_}));
}

std::string_view Session::stored_topic(std::string_view topic) {
    if (!options_.virtual_topics) return topic;
    return virtual_topic_ = with_virtual_prefix(topic);
}

void Session::pass_on(std::string_view topic, const MessagePtr& message, bool retained,
                      broker::TransactionNumber transaction, broker::Token token) {
    if (topic.starts_with('$') && !options_.publish_dollar_topics) return completed(token, {});
    swap_names(topic, name_);
    // Behind the retained one in the journal: an answer speaks for both.
    if (retained) retain(message);
    if (options_.virtual_topics) swap_names(with_virtual_prefix(topic), name_);
    broker_.publish({.to = {broker::Domain::topic, false, name_},
                     .message = message,
                     .transaction = transaction,
                     .token = token});
}

/// For a message that is on its way: if it gets there, it is kept, and then `token` is answered.
broker::Token Session::keep_after(std::string_view topic, const MessagePtr& message,
                                  broker::Token token) {
    return then([this, topic = std::string(topic), message, token](std::error_code error) {
        const bool dropped = topic.starts_with('$') && !options_.publish_dollar_topics;
        if (error || dropped) {
            if (token) completed(token, error);
            return;
        }
        swap_names(topic, name_);
        retain(message, token);
    });
}

/// Keeps the message for those who subscribe later to the topic in `name_`. What the queue holds
/// but for its last message is being removed, or will be with the next one.
void Session::retain(const MessagePtr& message, broker::Token token) {
    const broker::Destination queue = retained_for(name_);
    const bool there = broker_.exists(queue.view());
    if (there) broker_.exchanges().purge(queue.name, {});
    if (message->body().size() > 0) {
        return broker_.publish({.to = queue.view(), .message = message, .token = token});
    }
    clear_retained(queue, message);
    if (token) completed(token, {});
}

/// Whether there is a queue, or is none any more, shows when all that was asked for before is done.
void Session::clear_retained(const broker::Destination& queue, const MessagePtr& empty) {
    // One that was on its way when the queue was cleared is outdone by the empty one in any case.
    if (broker_.exists(queue.view())) broker_.publish({.to = queue.view(), .message = empty});
    broker_.remove(queue, then([this, queue, empty](std::error_code error) {
                       if (!error || !broker_.exists(queue.view())) return;
                       // Somebody is reading it.
                       broker_.publish({.to = queue.view(), .message = empty});
                   }));
}

void Session::published(PacketType type, std::uint16_t packet_id, std::error_code error) {
    if (type == PacketType::pubcomp) return finish_receipt(packet_id);
    // Topics that are not there yet need a right that shows only now; answered as in `take`.
    const bool denied = error == make_error_code(broker::Errc::may_not_create);
    const bool cut_off = options_.close_refused_publishers && version_ == Version::v3_1_1;
    if (denied && !v5() && !cut_off) error = {};
    if (error && !v5()) {
        return close("a message could not be stored: " + error.message());
    }
    storing_.erase(packet_id);
    if (error && type == PacketType::pubrec) received_.erase(packet_id);
    if (error || type == PacketType::puback) --unanswered_;
    const Reason reason = denied ? Reason::not_authorized : Reason::unspecified_error;
    answer(type, packet_id, error ? reason : Reason::success);
}

void Session::answer(PacketType type, std::uint16_t packet_id, Reason reason) {
    if (reason != Reason::success && v5()) {
        return send(Ack{.type = type, .packet_id = packet_id, .reason = reason});
    }
    const auto flags = type == PacketType::pubrel ? 0x02U : 0U;
    const std::uint8_t packet[] = {
        static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4 | flags), 2,
        static_cast<std::uint8_t>(packet_id >> 8), static_cast<std::uint8_t>(packet_id)};
    wire_.output().append(Bytes(packet));
    traffic_.packets_sent += 1;
    traffic_.bytes_sent += sizeof packet;
}

void Session::acknowledged(PacketType type, std::uint16_t packet_id, Reason reason) {
    switch (type) {
        case PacketType::puback:
            return acknowledge(packet_id, reason, true);
        case PacketType::pubrec:
            return acknowledge(packet_id, reason, false);
        case PacketType::pubcomp:
            return forget_flight(packet_id);
        default:
            return on_release(packet_id);
    }
}

void Session::on_release(std::uint16_t packet_id) {
    const auto found = received_.find(packet_id);
    if (found == received_.end()) {
        return answer(PacketType::pubcomp, packet_id, Reason::packet_identifier_not_found);
    }
    if (!durable_) return finish_receipt(packet_id);
    if (!found->second) {
        // Its record is on its way to us; one that was never written has nothing to be forgotten.
        if (storing_.contains(packet_id)) {
            return fail(Reason::protocol_error, "PUBREL before PUBREC");
        }
        releasing_.insert(packet_id);
        return;
    }
    // A client that has its PUBCOMP uses the identifier for something else.
    const broker::TransactionNumber transaction = begin();
    forget(*found->second, transaction);
    broker_.commit(transaction, packet_token(PacketType::pubcomp, packet_id));
}

void Session::finish_receipt(std::uint16_t packet_id) {
    if (received_.erase(packet_id) > 0 && unanswered_ > 0) --unanswered_;
    answer(PacketType::pubcomp, packet_id);
}

}  // namespace tern::mqtt
