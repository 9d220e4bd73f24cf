#include "protocol/openwire/foreign.h"

#include "protocol/openwire/codec/body.h"
#include "protocol/openwire/codec/modified_utf8.h"

#include <algorithm>
#include <forward_list>

namespace tern::openwire {
namespace {

using message::HubBytes;
using message::HubDestination;
using message::HubList;
using message::HubMap;
using message::HubMessage;
using message::HubObject;
using message::HubValue;

constexpr std::string_view kIdPrefix = "ID:";

/// What has another form on the wire, for as long as the encoder needs it.
using Kept = std::forward_list<std::string>;

std::string_view wire_text(std::string_view utf8, Kept& kept) {
    if (is_one_byte(utf8)) return utf8;
    return kept.emplace_front(to_modified_utf8(utf8));
}

Text header(std::string_view utf8, Kept& kept) {
    return utf8.empty() ? Text() : Text(wire_text(utf8, kept));
}

PrimitiveMap map_of(const HubMap& map, Kept& kept);
PrimitiveList list_of(const HubList& list, Kept& kept);

PrimitiveValue value_of(const HubValue& value, Kept& kept) {
    return std::visit(
        [&kept]<class T>(const T& plain) -> PrimitiveValue {
            if constexpr (std::is_same_v<T, std::string>) {
                return {wire_text(plain, kept)};
            } else if constexpr (std::is_same_v<T, HubBytes>) {
                return {ByteArray(as_bytes(plain.bytes))};
            } else if constexpr (std::is_same_v<T, HubMap>) {
                return {map_of(plain, kept)};
            } else if constexpr (std::is_same_v<T, HubList>) {
                return {list_of(plain, kept)};
            } else {
                return {plain};
            }
        },
        value.value);
}

PrimitiveMap map_of(const HubMap& map, Kept& kept) {
    PrimitiveMap out;
    out.entries.reserve(map.entries.size());
    for (const auto& [key, value] : map.entries) {
        out.entries.push_back({wire_text(key, kept), value_of(value, kept)});
    }
    return out;
}

PrimitiveList list_of(const HubList& list, Kept& kept) {
    PrimitiveList out;
    for (const HubValue& value : list.values) out.values.push_back(value_of(value, kept));
    return out;
}

/// Fills in type and content.
struct BodyWriter {
    Message& message;
    Kept& kept;
    Buffer& content;

    Result<void> operator()(std::monostate) { return {}; }
    Result<void> operator()(const std::string& text) {
        ByteWriter out;
        return take(DataType::text_message, encode_text_body(wire_text(text, kept), out), out);
    }
    Result<void> operator()(const Buffer& bytes) {
        content = bytes;
        message.type = DataType::bytes_message;
        message.content = content;
        return {};
    }
    Result<void> operator()(const HubList& list) {
        ByteWriter out;
        return take(DataType::stream_message, encode_stream_body(list_of(list, kept), out), out);
    }
    Result<void> operator()(const HubMap& map) {
        ByteWriter out;
        return take(DataType::map_message, encode_map_body(map_of(map, kept), out), out);
    }
    Result<void> operator()(const HubObject& object) {
        content = object.bytes;
        message.type = DataType::object_message;
        message.content = content;
        return {};
    }

    Result<void> take(DataType type, Result<void> encoded, ByteWriter& out) {
        if (!encoded) return encoded;
        content = out.freeze();
        message.type = type;
        message.content = content;
        return {};
    }
};

Destination destination_of(const HubDestination& hub, Kept& kept) {
    return from_broker({hub.topic ? broker::Domain::topic : broker::Domain::queue, hub.temporary,
                        wire_text(hub.name, kept)});
}

/// The text that applications see has to begin with `ID:`; empty when there is none.
std::string name_of(const HubMessage& hub) {
    if (hub.message_id.empty() || hub.message_id.starts_with(kIdPrefix)) return hub.message_id;
    return std::string(kIdPrefix) + hub.message_id;
}

}  // namespace

Result<MessagePtr> from_hub(const HubMessage& hub, MessageConverter& converter) {
    Message message;
    Kept kept;
    Buffer content;
    if (auto body = std::visit(BodyWriter{message, kept, content}, hub.body); !body) {
        return failure(body.error());
    }
    ByteWriter properties;
    if (!hub.properties.entries.empty()) {
        const auto encoded = encode_map(map_of(hub.properties, kept), properties);
        if (!encoded) return failure(encoded.error());
        message.properties = properties.bytes();
    }
    message.persistent = hub.durable == Durable::yes;
    message.priority = static_cast<std::int8_t>(std::min<std::uint8_t>(hub.priority, 9));
    message.timestamp = hub.timestamp_ms;
    message.expiration = hub.expires_at_ms;
    message.group_id = header(hub.group_id, kept);
    message.group_sequence = hub.group_sequence;
    message.correlation_id = header(hub.correlation_id, kept);
    message.jms_type = header(hub.type, kept);
    message.user_id = header(hub.user_id, kept);
    if (hub.to) message.destination = destination_of(*hub.to, kept);
    if (hub.reply_to) message.reply_to = destination_of(*hub.reply_to, kept);
    const std::string name = name_of(hub);
    if (!name.empty()) message.message_id = MessageId{.text_view = wire_text(name, kept)};
    return converter.store(message, &content);
}

Result<MessagePtr> new_message(const HubMessage& hub, std::string_view producer,
                               std::int64_t sequence) {
    MessageConverter converter;
    const auto made = from_hub(hub, converter);
    if (!made) return made;
    Message message;
    if (const auto loaded = converter.load(**made, message); !loaded) {
        return failure(loaded.error());
    }
    message.producer_id = ProducerId{.connection_id = producer, .value = 1, .session_id = 1};
    message.message_id =
        MessageId{.producer_id = message.producer_id, .producer_sequence_id = sequence};
    MessageConverter writer;
    return writer.store(message, nullptr);
}

void number_foreign(Message& message, std::string_view broker_id, const broker::DeliveryTag& tag) {
    message.producer_id =
        ProducerId{.connection_id = broker_id, .value = 1, .session_id = tag.queue.value};
    if (!message.message_id) message.message_id.emplace();
    message.message_id->producer_id = message.producer_id;
    message.message_id->producer_sequence_id = static_cast<std::int64_t>(tag.ordinal);
}

Result<MessagePtr> ForeignMessages::native(const MessagePtr& stored, MessageConverter& converter) {
    if (stored->header().format == Format::openwire) return stored;
    if (stored == last_) return last_native_;
    const auto hub = formats_.read(*stored);
    if (!hub) return failure(hub.error());
    auto native = from_hub(*hub, converter);
    if (!native) return native;
    last_ = stored;
    last_native_ = *native;
    return native;
}

}  // namespace tern::openwire
