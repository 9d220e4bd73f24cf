#include "protocol/mqtt/convert.h"

#include "bytes/byte_writer.h"
#include "bytes/utf8.h"
#include "protocol/mqtt/codec/text.h"
#include "protocol/mqtt/codec/topics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace tern::mqtt {
namespace {

using message::HubBytes;
using message::HubDestination;
using message::HubList;
using message::HubMap;
using message::HubMessage;
using message::HubObject;
using message::HubValue;

constexpr std::uint8_t kQosBits = 0x03;
constexpr std::uint8_t kRetainBit = 0x04;

/// The names under which ActiveMQ's clients know what MQTT says of a message.
constexpr std::string_view kQosProperty = "ActiveMQ.MQTT.QoS";

/// A value as Java would print it: what ActiveMQ makes of maps for MQTT clients.
std::string to_text(const HubValue& value);

std::string to_text(const HubMap& map) {
    std::string text = "{";
    for (const auto& [key, value] : map.entries) {
        if (text.size() > 1) text += ", ";
        text += key + "=" + to_text(value);
    }
    return text + "}";
}

std::string to_text(const HubList& list) {
    std::string text = "[";
    for (const HubValue& value : list.values) {
        if (text.size() > 1) text += ", ";
        text += to_text(value);
    }
    return text + "]";
}

/// One value.
struct Writer {
    std::string operator()(std::monostate) const { return "null"; }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int8_t v) const { return std::to_string(v); }
    std::string operator()(char16_t v) const {
        std::string text;
        append_utf8(text, v);
        return text;
    }
    std::string operator()(const std::string& v) const { return v; }
    std::string operator()(const HubBytes& v) const { return v.bytes; }
    std::string operator()(const HubList& v) const { return to_text(v); }
    std::string operator()(const HubMap& v) const { return to_text(v); }
    template <class Number>
    std::string operator()(Number v) const {
        return fmt::format("{}", v);
    }
};

std::string to_text(const HubValue& value) {
    return std::visit(Writer(), value.value);
}

Bytes payload_of(const HubMessage& hub, std::string& scratch) {
    struct Reader {
        std::string& scratch;

        Bytes operator()(std::monostate) const { return {}; }
        Bytes operator()(const std::string& text) const { return as_bytes(text); }
        Bytes operator()(const Buffer& bytes) const { return bytes.bytes(); }
        Bytes operator()(const HubObject& object) const { return object.bytes.bytes(); }
        Bytes operator()(const HubList& list) const { return as_bytes(scratch = to_text(list)); }
        Bytes operator()(const HubMap& map) const { return as_bytes(scratch = to_text(map)); }
    };
    return std::visit(Reader{scratch}, hub.body);
}

/// Texts that MQTT can carry; others are left out.
bool fits(std::string_view text) {
    return text.size() <= UINT16_MAX && is_valid_text(text);
}

}  // namespace

MessagePtr store(const Incoming& incoming, const Buffer* owner) {
    // Most natives fit here; a topic has 65535 bytes at most.
    std::array<std::uint8_t, 512> near;
    std::vector<std::uint8_t> far;
    const std::size_t size = 3 + incoming.topic.size() + incoming.publisher.size();
    if (size > near.size()) far.resize(size);
    std::uint8_t* const native = far.empty() ? near.data() : far.data();
    native[0] = static_cast<std::uint8_t>(static_cast<unsigned>(incoming.qos) |
                                          (incoming.retain ? kRetainBit : 0U));
    store_big_endian(native + 1, static_cast<std::uint16_t>(incoming.topic.size()));
    std::ranges::copy(incoming.topic, native + 3);
    std::ranges::copy(incoming.publisher, native + 3 + incoming.topic.size());
    MessageHeader header;
    header.format = Format::mqtt;
    header.durable = incoming.qos == Qos::at_most_once ? Durable::no : Durable::yes;
    header.timestamp_ms = incoming.now_ms;
    header.expires_at_ms = incoming.expires_at_ms;
    return Message::create(header, {native, size}, incoming.properties, incoming.payload, owner);
}

Result<Stored> load(const Message& stored) {
    ByteReader in(stored.native());
    Stored view;
    const std::uint8_t flags = in.u8();
    view.qos = static_cast<Qos>(flags & kQosBits);
    view.retain = (flags & kRetainBit) != 0;
    view.topic = read_binary(in);
    view.publisher = as_text(in.take(in.remaining()));
    view.properties = stored.properties();
    if (in.failed() || (flags & kQosBits) == kQosBits) return failure(Errc::malformed_packet);
    return view;
}

Properties passed_on(Properties properties) {
    properties.topic_alias.reset();
    properties.message_expiry_interval.reset();
    properties.will_delay_interval.reset();
    properties.subscription_identifiers.clear();
    return properties;
}

MessagePtr from_hub(const HubMessage& hub, std::string_view topic) {
    Properties properties;
    std::string reply_to;
    if (fits(hub.content_type) && !hub.content_type.empty()) {
        properties.content_type = hub.content_type;
    }
    if (!hub.correlation_id.empty() && hub.correlation_id.size() <= UINT16_MAX) {
        properties.correlation_data = hub.correlation_id;
    }
    if (hub.reply_to && hub.reply_to->topic) {
        reply_to = swap_names(hub.reply_to->name);
        if (is_topic_name(reply_to) && fits(reply_to)) properties.response_topic = reply_to;
    }
    std::vector<std::string> values;
    values.reserve(hub.properties.entries.size());
    for (const auto& [name, value] : hub.properties.entries) {
        values.push_back(to_text(value));
        if (fits(name) && fits(values.back())) properties.user.emplace_back(name, values.back());
    }
    if (std::holds_alternative<std::string>(hub.body)) properties.payload_format_indicator = 1;
    ByteWriter encoded;
    std::ignore = encode_properties(encoded, properties);  // all of them fit
    const std::string own = hub.to ? swap_names(hub.to->name) : std::string();
    if (topic.empty()) topic = own;
    std::string scratch;
    return store({.topic = topic.substr(0, UINT16_MAX),
                  .publisher = {},
                  .qos = hub.durable == Durable::yes ? Qos::exactly_once : Qos::at_most_once,
                  .retain = false,
                  .properties = encoded.bytes(),
                  .payload = payload_of(hub, scratch),
                  .now_ms = hub.timestamp_ms,
                  .expires_at_ms = hub.expires_at_ms},
                 nullptr);
}

Result<HubMessage> Reader::read(const Message& stored) const {
    const auto view = load(stored);
    if (!view) return failure(view.error());
    const auto properties = decode_properties(view->properties, PropertySite::publish);
    if (!properties) return failure(properties.error());
    HubMessage hub;
    hub.durable = stored.header().durable;
    hub.priority = stored.header().priority;
    hub.timestamp_ms = stored.header().timestamp_ms;
    hub.expires_at_ms = stored.header().expires_at_ms;
    hub.to = HubDestination{.topic = true, .temporary = false, .name = swap_names(view->topic)};
    hub.correlation_id = properties->correlation_data.value_or("");
    hub.content_type = properties->content_type.value_or("");
    if (properties->response_topic) {
        hub.reply_to = HubDestination{
            .topic = true, .temporary = false, .name = swap_names(*properties->response_topic)};
    }
    hub.properties.put(kQosProperty, {static_cast<std::int32_t>(view->qos)});
    for (const auto& [name, value] : properties->user) {
        hub.properties.put(name, {std::string(value)});
    }
    hub.body = stored.body();
    return hub;
}

message::ScalarView Reader::find(const Message& stored, std::string_view name,
                                 std::string& scratch) const {
    const auto view = load(stored);
    if (!view) return {};
    if (name == kQosProperty) return static_cast<std::int32_t>(view->qos);
    if (name == "JMSDestination") {
        scratch = "topic://" + swap_names(view->topic);
        return scratch;
    }
    const auto properties = decode_properties(view->properties, PropertySite::publish);
    if (!properties) return {};
    if (name == "JMSCorrelationID" && properties->correlation_data) {
        return *properties->correlation_data;
    }
    if (name == "JMSReplyTo" && properties->response_topic) {
        scratch = "topic://" + swap_names(*properties->response_topic);
        return scratch;
    }
    message::ScalarView found;
    for (const auto& [key, value] : properties->user) {
        if (key == name) found = value;  // the last one of a name counts
    }
    return found;
}

}  // namespace tern::mqtt
