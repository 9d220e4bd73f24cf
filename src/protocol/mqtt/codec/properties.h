#pragma once

#include "bytes/byte_reader.h"
#include "bytes/byte_writer.h"
#include "protocol/mqtt/codec/errc.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tern::mqtt {

/// Identifiers of MQTT 5.0, 2.2.2.2.
enum class PropertyId : std::uint8_t {
    payload_format_indicator = 0x01,
    message_expiry_interval = 0x02,
    content_type = 0x03,
    response_topic = 0x08,
    correlation_data = 0x09,
    subscription_identifier = 0x0B,
    session_expiry_interval = 0x11,
    assigned_client_identifier = 0x12,
    server_keep_alive = 0x13,
    authentication_method = 0x15,
    authentication_data = 0x16,
    request_problem_information = 0x17,
    will_delay_interval = 0x18,
    request_response_information = 0x19,
    response_information = 0x1A,
    server_reference = 0x1C,
    reason_string = 0x1F,
    receive_maximum = 0x21,
    topic_alias_maximum = 0x22,
    topic_alias = 0x23,
    maximum_qos = 0x24,
    retain_available = 0x25,
    user_property = 0x26,
    maximum_packet_size = 0x27,
    wildcard_subscription_available = 0x28,
    subscription_identifier_available = 0x29,
    shared_subscription_available = 0x2A,
};

/// Where properties stand: decides which are allowed.
enum class PropertySite : std::uint8_t {
    connect,
    connack,
    publish,
    will,
    puback,  ///< and PUBREC, PUBREL, PUBCOMP
    subscribe,
    suback,  ///< and UNSUBACK
    unsubscribe,
    disconnect,
    auth,
};

/// The properties of one packet. Texts and bytes belong to somebody else.
struct Properties {
    template <class T>
    using Maybe = std::optional<T>;

    Maybe<std::uint8_t> payload_format_indicator;
    Maybe<std::uint32_t> message_expiry_interval;
    Maybe<std::string_view> content_type;
    Maybe<std::string_view> response_topic;
    Maybe<std::string_view> correlation_data;  ///< binary, as all of its kind here
    std::vector<std::uint32_t> subscription_identifiers;
    Maybe<std::uint32_t> session_expiry_interval;
    Maybe<std::string_view> assigned_client_identifier;
    Maybe<std::uint16_t> server_keep_alive;
    Maybe<std::string_view> authentication_method;
    Maybe<std::string_view> authentication_data;
    Maybe<std::uint8_t> request_problem_information;
    Maybe<std::uint32_t> will_delay_interval;
    Maybe<std::uint8_t> request_response_information;
    Maybe<std::string_view> response_information;
    Maybe<std::string_view> server_reference;
    Maybe<std::string_view> reason_string;
    Maybe<std::uint16_t> receive_maximum;
    Maybe<std::uint16_t> topic_alias_maximum;
    Maybe<std::uint16_t> topic_alias;
    Maybe<std::uint8_t> maximum_qos;
    Maybe<std::uint8_t> retain_available;
    std::vector<std::pair<std::string_view, std::string_view>> user;
    Maybe<std::uint32_t> maximum_packet_size;
    Maybe<std::uint8_t> wildcard_subscription_available;
    Maybe<std::uint8_t> subscription_identifier_available;
    Maybe<std::uint8_t> shared_subscription_available;

    bool operator==(const Properties&) const = default;
};

/// Reads properties without their length in front. Errors: malformed_packet for what cannot be
/// read or is unknown; protocol_error for what must not stand there, twice, or with that value.
[[nodiscard]] Result<Properties> decode_properties(Bytes bytes, PropertySite site);

/// Appends the properties, without a length in front, in the order of their identifiers.
/// Error: does_not_fit.
[[nodiscard]] Result<void> encode_properties(ByteWriter& out, const Properties& properties);

/// At most 268,435,455. Fails the reader when there is none.
[[nodiscard]] std::uint32_t decode_varint(ByteReader& in);
void encode_varint(ByteWriter& out, std::uint32_t value);
[[nodiscard]] std::size_t varint_bytes(std::uint32_t value);
inline constexpr std::uint32_t kVarintMax = 268'435'455;

}  // namespace tern::mqtt
