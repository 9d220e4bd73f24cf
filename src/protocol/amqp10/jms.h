#pragma once

#include <cstdint>
#include <string_view>

namespace tern::amqp10 {

/// The kinds of JMS messages, as the annotation x-opt-jms-msg-type numbers them.
enum class JmsType : std::uint8_t { message, object, map, bytes, stream, text };

inline constexpr std::string_view kJmsMessageType = "x-opt-jms-msg-type";
inline constexpr std::string_view kJmsDestination = "x-opt-jms-dest";
inline constexpr std::string_view kJmsReplyTo = "x-opt-jms-reply-to";

// When a message is wanted; the first one as a delay, the second one as a time.
inline constexpr std::string_view kDeliveryDelay = "x-opt-delivery-delay";
inline constexpr std::string_view kDeliveryTime = "x-opt-delivery-time";
inline constexpr std::string_view kDeliveryRepeat = "x-opt-delivery-repeat";
inline constexpr std::string_view kDeliveryPeriod = "x-opt-delivery-period";
inline constexpr std::string_view kDeliveryCron = "x-opt-delivery-cron";

inline constexpr std::string_view kSerializedObject = "application/x-java-serialized-object";
inline constexpr std::string_view kOctetStream = "application/octet-stream";

// What JMS has no place for travels in properties of such names, there and back.
inline constexpr std::string_view kAmqpProperty = "JMS_AMQP_";
inline constexpr std::string_view kAnnotationProperty = "JMS_AMQP_MA_";
inline constexpr std::string_view kDeliveryAnnotationProperty = "JMS_AMQP_DA_";
inline constexpr std::string_view kFooterProperty = "JMS_AMQP_FT_";
inline constexpr std::string_view kHeaderProperty = "JMS_AMQP_HEADER";
inline constexpr std::string_view kFirstAcquirerProperty = "JMS_AMQP_FirstAcquirer";
inline constexpr std::string_view kContentTypeProperty = "JMS_AMQP_ContentType";
/// A message whose body is the encoding of a whole one.
inline constexpr std::string_view kNativeProperty = "JMS_AMQP_NATIVE";
inline constexpr std::string_view kContentEncodingProperty = "JMS_AMQP_ContentEncoding";
inline constexpr std::string_view kReplyToGroupProperty = "JMS_AMQP_ReplyToGroupID";

/// What a body was, a short: so that one that goes back is the same again.
inline constexpr std::string_view kEncodingProperty = "JMS_AMQP_ORIGINAL_ENCODING";
enum class Encoding : std::uint8_t {
    unknown,
    no_body,
    data,
    sequence,
    value_null,
    value_string,
    value_binary,
    value_map,
    value_list,
};

/// Whether data of that MIME type is text in UTF-8.
[[nodiscard]] bool is_text_type(std::string_view content_type);

}  // namespace tern::amqp10
