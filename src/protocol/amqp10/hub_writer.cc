#include "protocol/amqp10/address.h"
#include "protocol/amqp10/codec/value_writer.h"
#include "protocol/amqp10/hub.h"
#include "protocol/amqp10/hub_values.h"
#include "protocol/amqp10/ids.h"
#include "protocol/amqp10/jms.h"

#include <algorithm>
#include <limits>

namespace tern::amqp10 {
namespace {

using message::HubDestination;
using message::HubMap;
using message::HubMessage;

DestinationKind kind_of(const HubDestination& destination) {
    return static_cast<DestinationKind>((destination.temporary ? 2 : 0) +
                                        (destination.topic ? 1 : 0));
}

JmsType type_of(const HubMessage& hub) {
    constexpr std::array<JmsType, 6> kTypes{JmsType::message, JmsType::text, JmsType::bytes,
                                            JmsType::stream,  JmsType::map,  JmsType::object};
    return kTypes[hub.body.index()];
}

void put_annotations(const HubMessage& hub, ByteWriter& out) {
    put_descriptor(out, Descriptor::message_annotations);
    Compound entries(out, Compound::Type::map);
    std::uint32_t count = 2;
    put_symbol(out, kJmsMessageType);
    put_byte(out, static_cast<std::int8_t>(type_of(hub)));
    if (hub.to) {
        put_symbol(out, kJmsDestination);
        put_byte(out, static_cast<std::int8_t>(kind_of(*hub.to)));
        count += 2;
    }
    if (hub.reply_to) {
        put_symbol(out, kJmsReplyTo);
        put_byte(out, static_cast<std::int8_t>(kind_of(*hub.reply_to)));
        count += 2;
    }
    for (const auto& [key, value] : hub.properties.entries) {
        if (!key.starts_with(kAnnotationProperty)) continue;
        put_symbol(out, std::string_view(key).substr(kAnnotationProperty.size()));
        put_value(out, value);
        count += 2;
    }
    entries.end(count);
}

void text(FieldWriter& fields, std::string_view value) {
    value.empty() ? fields.null() : fields.string(value);
}

void timestamp(FieldWriter& fields, std::int64_t ms, ByteWriter& out) {
    if (ms == 0) return fields.null();
    fields.next();
    put_timestamp(out, ms);
}

void id(FieldWriter& fields, std::string_view value, ByteWriter& out) {
    if (value.empty()) return fields.null();
    fields.next();
    put_id(out, value);
}

std::string_view content_type_of(const HubMessage& hub) {
    if (!hub.content_type.empty()) return hub.content_type;
    if (std::holds_alternative<message::HubObject>(hub.body)) return kSerializedObject;
    if (std::holds_alternative<Buffer>(hub.body)) return kOctetStream;
    return {};
}

void put_properties(const HubMessage& hub, ByteWriter& out) {
    FieldWriter fields(out, Descriptor::properties);
    id(fields, hub.message_id, out);
    hub.user_id.empty() ? fields.null() : fields.binary(as_bytes(hub.user_id));
    text(fields, hub.to ? hub.to->name : std::string());
    text(fields, hub.type);
    text(fields, hub.reply_to ? hub.reply_to->name : std::string());
    id(fields, hub.correlation_id, out);
    fields.symbol(content_type_of(hub));
    const message::HubValue* const encoding = hub.properties.find(kContentEncodingProperty);
    const auto* const encoding_text =
        encoding == nullptr ? nullptr : std::get_if<std::string>(&encoding->value);
    fields.symbol(encoding_text == nullptr ? std::string_view() : *encoding_text);
    timestamp(fields, hub.expires_at_ms, out);
    timestamp(fields, hub.timestamp_ms, out);
    text(fields, hub.group_id);
    if (!hub.group_id.empty()) fields.u32(static_cast<std::uint32_t>(hub.group_sequence));
    fields.end();
}

void put_application_properties(const HubMap& properties, ByteWriter& out) {
    ByteWriter inside;
    std::uint32_t count = 0;
    for (const auto& [key, value] : properties.entries) {
        if (key.starts_with(kAmqpProperty)) continue;
        put_string(inside, key);
        put_value(inside, value);
        count += 2;
    }
    if (count == 0) return;
    put_descriptor(out, Descriptor::application_properties);
    Compound entries(out, Compound::Type::map);
    out.append(inside.bytes());
    entries.end(count);
}

void put_body(const HubMessage& hub, ByteWriter& out) {
    if (const auto* bytes = std::get_if<Buffer>(&hub.body)) {
        put_descriptor(out, Descriptor::data);
        return put_binary(out, bytes->bytes());
    }
    if (const auto* object = std::get_if<message::HubObject>(&hub.body)) {
        put_descriptor(out, Descriptor::data);
        return put_binary(out, object->bytes.bytes());
    }
    if (const auto* list = std::get_if<message::HubList>(&hub.body)) {
        put_descriptor(out, Descriptor::amqp_sequence);
        return put_list(out, *list);
    }
    put_descriptor(out, Descriptor::amqp_value);
    if (const auto* words = std::get_if<std::string>(&hub.body)) return put_string(out, *words);
    if (const auto* map = std::get_if<HubMap>(&hub.body)) return put_map(out, *map);
    put_null(out);
}

/// What is behind the header of the message that another one's body is the encoding of. Nothing:
/// it is none.
std::optional<Bytes> native_of(const HubMessage& hub) {
    const message::HubValue* const native = hub.properties.find(kNativeProperty);
    const auto* const yes = native == nullptr ? nullptr : std::get_if<bool>(&native->value);
    const auto* const body = std::get_if<Buffer>(&hub.body);
    if (yes == nullptr || !*yes || body == nullptr) return {};
    const auto sections = find_sections(body->bytes());
    if (!sections) return {};
    return body->bytes().subspan(sections->header.size());
}

}  // namespace

void write_message(const HubMessage& hub, std::uint32_t failures, std::int64_t now_ms,
                   ByteWriter& out) {
    constexpr std::int64_t kTtlMax = std::numeric_limits<std::uint32_t>::max();
    Header header;
    header.durable = hub.durable == Durable::yes;
    header.priority = hub.priority;
    if (hub.expires_at_ms != 0) {
        header.ttl_ms = static_cast<std::uint32_t>(
            std::clamp<std::int64_t>(hub.expires_at_ms - now_ms, 1, kTtlMax));
    }
    header.delivery_count = failures;
    encode(header, out);
    if (const auto native = native_of(hub)) return out.append(*native);
    put_annotations(hub, out);
    put_properties(hub, out);
    put_application_properties(hub.properties, out);
    put_body(hub, out);
}

}  // namespace tern::amqp10
