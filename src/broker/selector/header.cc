#include "broker/selector/header.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tern::selector {
namespace {

using Named = std::pair<std::string_view, Header>;

constexpr std::array<Named, 19> kHeaders = {{
    {"JMSCorrelationID", Header::correlation_id},
    {"JMSDeliveryMode", Header::delivery_mode},
    {"JMSDestination", Header::destination},
    {"JMSExpiration", Header::expiration},
    {"JMSMessageID", Header::message_id},
    {"JMSPriority", Header::priority},
    {"JMSRedelivered", Header::redelivered},
    {"JMSReplyTo", Header::reply_to},
    {"JMSTimestamp", Header::timestamp},
    {"JMSType", Header::type},
    {"JMSActiveMQBrokerInTime", Header::broker_in_time},
    {"JMSActiveMQBrokerOutTime", Header::broker_out_time},
    {"JMSActiveMQBrokerPath", Header::broker_path},
    {"JMSXDeliveryCount", Header::delivery_count},
    {"JMSXGroupFirstForConsumer", Header::group_first_for_consumer},
    {"JMSXGroupID", Header::group_id},
    {"JMSXGroupSeq", Header::group_seq},
    {"JMSXProducerTXID", Header::producer_tx_id},
    {"JMSXUserID", Header::user_id},
}};

}  // namespace

std::optional<Header> header_named(std::string_view identifier) {
    if (!identifier.starts_with("JMS")) return std::nullopt;
    const auto* const found = std::ranges::find(kHeaders, identifier, &Named::first);
    if (found == kHeaders.end()) return std::nullopt;
    return found->second;
}

}  // namespace tern::selector
