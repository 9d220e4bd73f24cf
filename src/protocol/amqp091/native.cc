#include "protocol/amqp091/native.h"

#include "bytes/byte_reader.h"
#include "protocol/amqp091/codec/errc.h"
#include "protocol/amqp091/codec/frame.h"
#include "protocol/amqp091/json.h"
#include "protocol/amqp091/utf8.h"

#include <algorithm>
#include <bit>

namespace tern::amqp091 {

using message::HubDestination;
using message::HubMap;
using message::HubMessage;
using message::HubValue;
using message::ScalarView;

namespace {

constexpr std::string_view kTopicTree = "amq.topic";
constexpr std::uint8_t kPersistent = 2;
constexpr std::uint8_t kTransient = 1;
constexpr std::size_t kShortTextMax = 255;
constexpr std::int64_t kMillis = 1000;

HubValue to_hub(const FieldValue& value);

HubMap to_hub(const FieldTable& table) {
    HubMap map;
    for (const auto& [key, value] : table.entries) {
        if (map.find(key) == nullptr) map.put(key, to_hub(value));
    }
    return map;
}

struct ToHub {
    HubValue operator()(std::monostate) const { return {}; }
    HubValue operator()(bool v) const { return {v}; }
    HubValue operator()(std::int8_t v) const { return {v}; }
    HubValue operator()(std::uint8_t v) const { return {std::int16_t{v}}; }
    HubValue operator()(std::int16_t v) const { return {v}; }
    HubValue operator()(std::uint16_t v) const { return {std::int32_t{v}}; }
    HubValue operator()(std::int32_t v) const { return {v}; }
    HubValue operator()(std::uint32_t v) const { return {std::int64_t{v}}; }
    HubValue operator()(std::int64_t v) const { return {v}; }
    HubValue operator()(float v) const { return {v}; }
    HubValue operator()(double v) const { return {v}; }
    HubValue operator()(const Decimal& v) const {
        double number = v.value;
        for (int i = 0; i < v.scale; ++i) number /= 10;
        return {number};
    }
    HubValue operator()(const std::string& v) const {
        if (is_utf8(v)) return {v};
        return {message::HubBytes{v}};
    }
    HubValue operator()(const BinaryValue& v) const { return {message::HubBytes{v.bytes}}; }
    HubValue operator()(const Timestamp& v) const { return {static_cast<std::int64_t>(v.seconds)}; }
    HubValue operator()(const FieldArray& v) const {
        message::HubList list;
        for (const FieldValue& one : v.values) list.values.push_back(to_hub(one));
        return {std::move(list)};
    }
    HubValue operator()(const FieldTable& v) const { return {to_hub(v)}; }
};

HubValue to_hub(const FieldValue& value) {
    return std::visit(ToHub{}, value.value);
}

FieldValue from_hub(const HubValue& value);

FieldTable from_hub(const HubMap& map) {
    FieldTable table;
    for (const auto& [key, value] : map.entries) table.entries.emplace_back(key, from_hub(value));
    return table;
}

struct FromHub {
    FieldValue operator()(std::monostate) const { return {}; }
    FieldValue operator()(char16_t v) const {
        std::string text;
        append_utf8(text, v);
        return {std::move(text)};
    }
    FieldValue operator()(const message::HubBytes& v) const { return {BinaryValue{v.bytes}}; }
    FieldValue operator()(const message::HubList& v) const {
        FieldArray array;
        for (const HubValue& one : v.values) array.values.push_back(from_hub(one));
        return {std::move(array)};
    }
    FieldValue operator()(const HubMap& v) const { return {from_hub(v)}; }
    FieldValue operator()(const auto& v) const { return {v}; }
};

FieldValue from_hub(const HubValue& value) {
    return std::visit(FromHub{}, value.value);
}

/// A short text, or a header when it is too long for one.
void put_id(std::optional<std::string_view>& property, FieldTable& headers, std::string_view header,
            const std::string& text) {
    if (text.empty()) return;
    if (text.size() <= kShortTextMax) {
        property = text;
    } else {
        headers.put(header, {text});
    }
}

struct BodyWriter {
    Properties& properties;

    Buffer text(std::string_view type, std::string_view content) const {
        if (!properties.content_type) properties.content_type = type;
        return Buffer::copy_of(as_bytes(content));
    }
    Buffer operator()(std::monostate) const { return {}; }
    Buffer operator()(const std::string& body) const { return text("text/plain", body); }
    Buffer operator()(const Buffer& body) const {
        if (!properties.content_type) properties.content_type = "application/octet-stream";
        return body;
    }
    Buffer operator()(const message::HubList& body) const {
        return text("application/json", to_json({body}));
    }
    Buffer operator()(const HubMap& body) const {
        return text("application/json", to_json({body}));
    }
    Buffer operator()(const message::HubObject& body) const {
        if (!properties.content_type) {
            properties.content_type = "application/x-java-serialized-object";
        }
        return body.bytes;
    }
};

ScalarView scalar(const RawField& field) {
    ByteReader in(field.bytes);
    switch (field.type) {
        case 't':
            return in.u8() != 0;
        case 'b':
            return in.i8();
        case 'B':
            return std::int16_t{in.u8()};
        case 's':
            return in.i16();
        case 'u':
            return std::int32_t{in.u16()};
        case 'I':
            return in.i32();
        case 'i':
            return std::int64_t{in.u32()};
        case 'l':
        case 'L':
        case 'T':
            return in.i64();
        case 'f':
            return std::bit_cast<float>(in.u32());
        case 'd':
            return std::bit_cast<double>(in.u64());
        case 'S':
            return as_text(field.bytes);
        case 0:
        case 'V':
            return std::monostate();
        default:
            return message::OpaqueValue();
    }
}

ScalarView text_or_nothing(const std::optional<std::string_view>& text) {
    if (!text) return std::monostate();
    return *text;
}

bool is_text(const Properties& properties, std::string_view body) {
    if (properties.content_encoding && !properties.content_encoding->empty() &&
        *properties.content_encoding != "utf-8" && *properties.content_encoding != "UTF-8") {
        return false;
    }
    const std::string_view type = properties.content_type.value_or("");
    return (type.starts_with("text/") || type.starts_with("application/json")) && is_utf8(body);
}

}  // namespace

Result<NativeView> read_native(Bytes native) {
    ByteReader in(native);
    NativeView view;
    view.exchange = as_text(in.take(in.u8()));
    view.routing_key = as_text(in.take(in.u8()));
    view.raw = in.take(in.remaining());
    if (in.failed()) return failure(Errc::truncated);
    return view;
}

void write_native(ByteWriter& out, std::string_view exchange, std::string_view routing_key,
                  Bytes raw) {
    put_short(out, exchange);
    put_short(out, routing_key);
    out.append(raw);
}

Result<void> append_with_header(ByteWriter& out, Bytes raw, std::string_view name,
                                FieldValue value) {
    const auto read = decode_properties(raw);
    if (!read) return failure(read.error());
    Properties properties = *read;
    FieldTable headers;
    if (properties.headers) {
        auto decoded = decode_table(*properties.headers);
        if (!decoded) return failure(decoded.error());
        headers = std::move(*decoded);
    }
    headers.put(name, std::move(value));
    ByteWriter entries;
    encode_entries(entries, headers);
    properties.headers = entries.bytes();
    encode_properties(out, properties);
    return {};
}

Outgoing from_hub(const HubMessage& hub, std::int64_t now_ms) {
    Properties properties;
    FieldTable headers = from_hub(hub.properties);
    if (!hub.content_type.empty()) properties.content_type = hub.content_type;
    properties.delivery_mode = hub.durable == Durable::yes ? kPersistent : kTransient;
    properties.priority = hub.priority;
    put_id(properties.correlation_id, headers, "JMSCorrelationID", hub.correlation_id);
    put_id(properties.message_id, headers, "JMSMessageID", hub.message_id);
    put_id(properties.type, headers, "JMSType", hub.type);
    if (hub.reply_to) put_id(properties.reply_to, headers, "JMSReplyTo", hub.reply_to->name);
    // The user is the one of another protocol's login: told, but not as the one checked here.
    if (!hub.user_id.empty()) headers.put("JMSXUserID", {hub.user_id});
    if (!hub.group_id.empty()) headers.put("JMSXGroupID", {hub.group_id});
    if (hub.timestamp_ms != 0) {
        properties.timestamp = static_cast<std::uint64_t>(hub.timestamp_ms / kMillis);
    }
    // As long as its sender let it live, as far as that is known.
    std::string expiration;
    if (hub.expires_at_ms != 0) {
        const std::int64_t from_ms = hub.timestamp_ms != 0 ? hub.timestamp_ms : now_ms;
        expiration = std::to_string(std::max<std::int64_t>(hub.expires_at_ms - from_ms, 0));
        properties.expiration = expiration;
    }
    Outgoing out;
    out.body = std::visit(BodyWriter{properties}, hub.body);
    ByteWriter entries;
    encode_entries(entries, headers);
    if (!headers.empty()) properties.headers = entries.bytes();
    ByteWriter raw;
    encode_properties(raw, properties);
    const bool topic = hub.to && hub.to->topic;
    write_native(out.native, topic ? kTopicTree : std::string_view(),
                 hub.to ? std::string_view(hub.to->name) : std::string_view(), raw.bytes());
    return out;
}

Result<HubMessage> Reader::read(const Message& stored) const {
    const auto native = read_native(stored.native());
    if (!native) return failure(native.error());
    const auto read = decode_properties(native->raw);
    if (!read) return failure(read.error());
    const Properties& properties = *read;
    HubMessage hub;
    hub.durable = stored.header().durable;
    hub.priority = std::min<std::uint8_t>(properties.priority.value_or(4), 9);
    hub.timestamp_ms = static_cast<std::int64_t>(properties.timestamp.value_or(0)) * kMillis;
    hub.expires_at_ms = stored.header().expires_at_ms;
    hub.message_id = properties.message_id.value_or("");
    hub.correlation_id = properties.correlation_id.value_or("");
    hub.type = properties.type.value_or("");
    hub.user_id = properties.user_id.value_or("");
    hub.content_type = properties.content_type.value_or("");
    hub.to = HubDestination{.topic = native->exchange == kTopicTree,
                            .name = std::string(native->routing_key)};
    if (properties.reply_to)
        hub.reply_to = HubDestination{.name = std::string(*properties.reply_to)};
    if (properties.headers) {
        auto headers = decode_table(*properties.headers);
        if (!headers) return failure(headers.error());
        hub.properties = to_hub(*headers);
    }
    if (const HubValue* const group = hub.properties.find("JMSXGroupID")) {
        if (const auto* text = std::get_if<std::string>(&group->value)) hub.group_id = *text;
    }
    const std::string_view body = as_text(stored.body().bytes());
    if (is_text(properties, body)) {
        hub.body = std::string(body);
    } else {
        hub.body = stored.body();
    }
    return hub;
}

ScalarView Reader::find(const Message& stored, std::string_view name, std::string& scratch) const {
    const auto native = read_native(stored.native());
    if (!native) return {};
    const auto properties = decode_properties(native->raw);
    if (!properties) return {};
    if (properties->headers) {
        const RawField field = find_raw(*properties->headers, name);
        if (field.type != 0) return scalar(field);
    }
    if (name == "JMSMessageID") return text_or_nothing(properties->message_id);
    if (name == "JMSCorrelationID") return text_or_nothing(properties->correlation_id);
    if (name == "JMSType") return text_or_nothing(properties->type);
    if (name == "JMSReplyTo") return text_or_nothing(properties->reply_to);
    if (name == "JMSXUserID") return text_or_nothing(properties->user_id);
    if (name == "JMSDestination") {
        scratch = native->routing_key;
        return std::string_view(scratch);
    }
    return {};
}

}  // namespace tern::amqp091
