#include "client/convert.h"

#include "protocol/openwire/codec/body.h"
#include "protocol/openwire/codec/id_text.h"
#include "protocol/openwire/codec/inflate.h"
#include "protocol/openwire/codec/modified_utf8.h"

#include <algorithm>
#include <array>

namespace tern::client {
namespace {

using openwire::DataType;
using openwire::PrimitiveList;
using openwire::PrimitiveMap;
using openwire::PrimitiveValue;
using openwire::Text;
using Kind = Message::Opaque::Kind;
using Texts = std::forward_list<std::string>;

constexpr std::array<std::pair<Kind, DataType>, 7> kOpaqueTypes{{
    {Kind::plain, DataType::message},
    {Kind::text, DataType::text_message},
    {Kind::bytes, DataType::bytes_message},
    {Kind::map, DataType::map_message},
    {Kind::object, DataType::object_message},
    {Kind::stream, DataType::stream_message},
    {Kind::blob, DataType::blob_message},
}};

DataType type_of(Kind kind) {
    return std::ranges::find(kOpaqueTypes, kind, &decltype(kOpaqueTypes)::value_type::first)
        ->second;
}
Kind kind_of(DataType type) {
    return std::ranges::find(kOpaqueTypes, type, &decltype(kOpaqueTypes)::value_type::second)
        ->first;
}

constexpr std::array<std::pair<Destination::Kind, DataType>, 4> kDestinationTypes{{
    {Destination::Kind::queue, DataType::queue},
    {Destination::Kind::topic, DataType::topic},
    {Destination::Kind::temporary_queue, DataType::temp_queue},
    {Destination::Kind::temporary_topic, DataType::temp_topic},
}};

// To the wire.

PrimitiveMap wire_map(const Map& map, Texts& kept);

PrimitiveValue wire_value(const Value& value, Texts& kept) {
    return std::visit(
        [&kept]<class T>(const T& plain) -> PrimitiveValue {
            if constexpr (std::is_same_v<T, std::string>) {
                return {wire_text(plain, kept)};
            } else if constexpr (std::is_same_v<T, Blob>) {
                return {openwire::ByteArray(Bytes(plain))};
            } else if constexpr (std::is_same_v<T, Map>) {
                return {wire_map(plain, kept)};
            } else if constexpr (std::is_same_v<T, List>) {
                PrimitiveList list;
                for (const Value& element : plain) list.values.push_back(wire_value(element, kept));
                return {std::move(list)};
            } else {
                return {plain};
            }
        },
        value.data);
}

PrimitiveMap wire_map(const Map& map, Texts& kept) {
    PrimitiveMap wire;
    wire.entries.reserve(map.size());
    for (const auto& [name, value] : map) {
        wire.entries.emplace_back(wire_text(name, kept), wire_value(value, kept));
    }
    return wire;
}

Result<Buffer> encoded_map(const Map& map, Texts& kept) {
    ByteWriter out;
    const auto done = openwire::encode_map(wire_map(map, kept), out);
    if (!done) return failure(Errc::unsendable, done.error().message());
    return out.freeze();
}

/// Fills in type and content.
struct BodyWriter {
    WireMessage& out;

    Result<void> operator()(std::monostate) { return take(DataType::message, {}); }
    Result<void> operator()(const std::string& text) {
        const std::string_view wire = wire_text(text, out.texts);
        ByteWriter content(sizeof(std::uint32_t) + wire.size());
        const auto done = openwire::encode_text_body(wire, content);
        if (!done) return failure(Errc::unsendable, done.error().message());
        return take(DataType::text_message, content.freeze());
    }
    Result<void> operator()(const Blob& bytes) {
        return take(DataType::bytes_message, Buffer::copy_of(bytes));
    }
    Result<void> operator()(const Map& map) {
        if (map.empty()) return take(DataType::map_message, {});
        auto content = encoded_map(map, out.texts);
        if (!content) return std::unexpected(std::move(content.error()));
        return take(DataType::map_message, std::move(*content));
    }
    Result<void> operator()(const Message::Opaque& opaque) {
        return take(type_of(opaque.kind), Buffer::copy_of(opaque.bytes));
    }

    Result<void> take(DataType type, Buffer content) {
        out.message.type = type;
        out.content = std::move(content);
        if (!out.content.empty()) out.message.content = out.content;
        return {};
    }
};

Text header(const std::string& text, Texts& kept) {
    return text.empty() ? Text() : Text(wire_text(text, kept));
}

// From the wire.

Map map_of(const PrimitiveMap& wire);

Value value_of(const PrimitiveValue& wire) {
    return std::visit(
        []<class T>(const T& plain) -> Value {
            if constexpr (std::is_same_v<T, std::monostate>) {
                return {};
            } else if constexpr (std::is_same_v<T, std::string_view>) {
                return own_text(plain);
            } else if constexpr (std::is_same_v<T, openwire::ByteArray>) {
                return Blob(plain.view().begin(), plain.view().end());
            } else if constexpr (std::is_same_v<T, PrimitiveMap>) {
                return map_of(plain);
            } else if constexpr (std::is_same_v<T, PrimitiveList>) {
                List list;
                for (const PrimitiveValue& element : plain.values) {
                    list.push_back(value_of(element));
                }
                return list;
            } else {
                return plain;
            }
        },
        wire.value);
}

Map map_of(const PrimitiveMap& wire) {
    Map map;
    for (const auto& [name, value] : wire.entries) {
        map.append(own_text(name), value_of(value));
    }
    return map;
}

Map properties_of(const openwire::Message& wire) {
    if (wire.properties.is_null()) return {};
    const auto properties = openwire::decode_map(wire.properties.view());
    return properties ? map_of(*properties) : Map();
}

Message::Body body_of(DataType type, const openwire::ByteArray& content) {
    if (type == DataType::text_message) {
        if (const auto text = openwire::decode_text_body(content)) return own_text(*text);
    } else if (type == DataType::map_message) {
        if (const auto map = openwire::decode_map_body(content)) return map_of(*map);
    } else if (type == DataType::message && content.view().empty()) {
        return std::monostate();
    }
    Blob bytes(content.view().begin(), content.view().end());
    if (type == DataType::bytes_message) return bytes;
    return Message::Opaque{kind_of(type), std::move(bytes)};
}

Message::Body body_of(const openwire::Message& wire) {
    if (!wire.compressed || wire.content.is_null()) return body_of(wire.type, wire.content);
    const auto inflated = openwire::inflate(wire.type, wire.content.view());
    if (inflated) return body_of(wire.type, Bytes(*inflated));
    const Bytes content = wire.content.view();
    return Message::Opaque{kind_of(wire.type), Blob(content.begin(), content.end())};
}

std::optional<Destination> destination_of(const std::optional<openwire::Destination>& wire) {
    if (!wire) return std::nullopt;
    return from_wire(*wire);
}

Timestamp timestamp(std::int64_t ms) {
    return Timestamp(std::chrono::milliseconds(ms));
}

}  // namespace

std::string_view wire_text(std::string_view utf8, Texts& kept) {
    if (openwire::is_one_byte(utf8)) return utf8;
    return kept.emplace_front(openwire::to_modified_utf8(utf8));
}

std::string own_text(const Text& text) {
    const std::string_view view = text.view();
    return openwire::is_one_byte(view) ? std::string(view) : openwire::to_utf8(view);
}

openwire::Destination to_wire(const Destination& destination, std::string_view name) {
    const auto found = std::ranges::find(kDestinationTypes, destination.kind,
                                         &decltype(kDestinationTypes)::value_type::first);
    return {.type = found->second, .physical_name = name};
}

Destination from_wire(const openwire::Destination& wire) {
    const auto found = std::ranges::find(kDestinationTypes, wire.type,
                                         &decltype(kDestinationTypes)::value_type::second);
    return {found->first, own_text(wire.physical_name)};
}

Result<WireMessage> to_wire(const Message& message) {
    WireMessage out;
    openwire::Message& wire = out.message;
    if (auto body = std::visit(BodyWriter{out}, message.body); !body) {
        return std::unexpected(std::move(body.error()));
    }
    if (!message.properties.empty()) {
        auto properties = encoded_map(message.properties, out.texts);
        if (!properties) return std::unexpected(std::move(properties.error()));
        out.properties = std::move(*properties);
        wire.properties = out.properties;
    }
    const auto destination = [&out](const Destination& plain) {
        return to_wire(plain, wire_text(plain.name, out.texts));
    };
    wire.destination = destination(message.destination);
    if (message.reply_to) wire.reply_to = destination(*message.reply_to);
    wire.correlation_id = header(message.correlation_id, out.texts);
    wire.jms_type = header(message.type, out.texts);
    wire.group_id = header(message.group_id, out.texts);
    wire.group_sequence = message.group_sequence;
    wire.persistent = message.persistent;
    wire.priority = static_cast<std::int8_t>(std::clamp(message.priority, 0, 9));
    wire.timestamp = message.timestamp.time_since_epoch().count();
    wire.expiration = message.expiration.time_since_epoch().count();
    return out;
}

Message from_wire(const openwire::Message& wire) {
    Message message;
    message.body = body_of(wire);
    message.properties = properties_of(wire);
    message.correlation_id = own_text(wire.correlation_id);
    message.type = own_text(wire.jms_type);
    message.reply_to = destination_of(wire.reply_to);
    message.group_id = own_text(wire.group_id);
    message.group_sequence = wire.group_sequence;
    message.persistent = wire.persistent;
    message.priority = std::clamp<int>(wire.priority, 0, 9);
    message.expiration = timestamp(wire.expiration);
    if (wire.message_id) message.id = openwire::to_text(*wire.message_id);
    if (wire.destination) message.destination = from_wire(*wire.destination);
    message.timestamp = timestamp(wire.timestamp);
    message.redelivery_count = wire.redelivery_counter;
    message.user_id = own_text(wire.user_id);
    message.original_destination = destination_of(wire.original_destination);
    return message;
}

}  // namespace tern::client
