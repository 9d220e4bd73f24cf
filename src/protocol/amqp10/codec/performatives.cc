#include "protocol/amqp10/codec/performatives.h"

#include <algorithm>

namespace tern::amqp10 {
namespace {

bool same(Bytes a, Bytes b) {
    return std::ranges::equal(a, b);
}

bool same(const std::optional<Bytes>& a, const std::optional<Bytes>& b) {
    return a.has_value() == b.has_value() && (!a || same(*a, *b));
}

}  // namespace

bool Open::operator==(const Open& other) const {
    return container_id == other.container_id && hostname == other.hostname &&
           frame_bytes_max == other.frame_bytes_max && channel_max == other.channel_max &&
           idle_timeout_ms == other.idle_timeout_ms && offered == other.offered &&
           desired == other.desired && same(properties, other.properties);
}

bool Attach::operator==(const Attach& other) const {
    return name == other.name && handle == other.handle && role == other.role &&
           sender_settles == other.sender_settles && receiver_settles == other.receiver_settles &&
           source == other.source && target == other.target && coordinator == other.coordinator &&
           coordinator_capabilities == other.coordinator_capabilities &&
           initial_delivery_count == other.initial_delivery_count &&
           message_bytes_max == other.message_bytes_max && offered == other.offered &&
           desired == other.desired && same(properties, other.properties);
}

bool Transfer::operator==(const Transfer& other) const {
    return handle == other.handle && delivery_id == other.delivery_id &&
           same(delivery_tag, other.delivery_tag) && message_format == other.message_format &&
           settled == other.settled && more == other.more && same(state, other.state) &&
           aborted == other.aborted && same(payload, other.payload);
}

bool Disposition::operator==(const Disposition& other) const {
    return role == other.role && first == other.first && last == other.last &&
           settled == other.settled && same(state, other.state);
}

bool SaslInit::operator==(const SaslInit& other) const {
    return mechanism == other.mechanism && same(initial_response, other.initial_response);
}

bool SaslChallenge::operator==(const SaslChallenge& other) const {
    return same(challenge, other.challenge);
}

bool SaslResponse::operator==(const SaslResponse& other) const {
    return same(response, other.response);
}

bool SaslOutcome::operator==(const SaslOutcome& other) const {
    return code == other.code && same(additional_data, other.additional_data);
}

}  // namespace tern::amqp10
