#include "protocol/amqp10/address.h"
#include "protocol/amqp10/annotate.h"
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

/// The properties of such names as a map; how many items it has.
std::uint32_t put_entries(const HubMap& properties, std::string_view prefix, ByteWriter& out) {
    std::uint32_t count = 0;
    for (const auto& [key, value] : properties.entries) {
        if (!key.starts_with(prefix)) continue;
        put_symbol(out, std::string_view(key).substr(prefix.size()));
        put_value(out, value);
        count += 2;
    }
    return count;
}

/// A section of these, if there are any.
void put_section(Descriptor descriptor, const HubMap& properties, std::string_view prefix,
                 ByteWriter& out) {
    const bool any = std::ranges::any_of(
        properties.entries, [&](const auto& one) { return one.first.starts_with(prefix); });
    if (!any) return;
    put_descriptor(out, descriptor);
    Compound entries(out, Compound::Type::map);
    entries.end(put_entries(properties, prefix, out));
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
    count += put_entries(hub.properties, kAnnotationProperty, out);
    for (const auto& [key, value] : hub.properties.entries) {
        const std::string name = letter_annotation(key);
        if (name.empty()) continue;
        put_symbol(out, name);
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

/// Empty: it is none, or no text.
std::string_view text_property(const HubMessage& hub, std::string_view name) {
    const message::HubValue* const found = hub.properties.find(name);
    const auto* const text = found == nullptr ? nullptr : std::get_if<std::string>(&found->value);
    return text == nullptr ? std::string_view() : *text;
}

bool is_set(const HubMessage& hub, std::string_view name) {
    const message::HubValue* const found = hub.properties.find(name);
    const auto* const yes = found == nullptr ? nullptr : std::get_if<bool>(&found->value);
    return yes != nullptr && *yes;
}

/// What the body was when it came by AMQP; another client may have put anything there.
Encoding encoding_of(const HubMessage& hub) {
    const message::HubValue* const found = hub.properties.find(kEncodingProperty);
    const auto* const code = found == nullptr ? nullptr : std::get_if<std::int16_t>(&found->value);
    return code == nullptr ? Encoding::unknown : static_cast<Encoding>(*code);
}

std::string_view content_type_of(const HubMessage& hub) {
    if (!hub.content_type.empty()) return hub.content_type;
    const std::string_view came_with = text_property(hub, kContentTypeProperty);
    if (!came_with.empty()) return came_with;
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
    fields.symbol(text_property(hub, kContentEncodingProperty));
    timestamp(fields, hub.expires_at_ms, out);
    timestamp(fields, hub.timestamp_ms, out);
    text(fields, hub.group_id);
    if (hub.group_id.empty()) {
        fields.null();
    } else {
        fields.u32(static_cast<std::uint32_t>(hub.group_sequence));
    }
    text(fields, text_property(hub, kReplyToGroupProperty));
    fields.end();
}

void put_application_properties(const HubMap& properties, ByteWriter& out) {
    ByteWriter inside;
    std::uint32_t count = 0;
    for (const auto& [key, value] : properties.entries) {
        if (key.starts_with(kAmqpProperty) || !letter_annotation(key).empty()) continue;
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
    const Encoding came_as = encoding_of(hub);
    if (const auto* bytes = std::get_if<Buffer>(&hub.body)) {
        const bool value = came_as == Encoding::value_binary;
        put_descriptor(out, value ? Descriptor::amqp_value : Descriptor::data);
        return put_binary(out, bytes->bytes());
    }
    if (const auto* object = std::get_if<message::HubObject>(&hub.body)) {
        put_descriptor(out, Descriptor::data);
        return put_binary(out, object->bytes.bytes());
    }
    if (const auto* list = std::get_if<message::HubList>(&hub.body)) {
        const bool value = came_as == Encoding::value_list;
        put_descriptor(out, value ? Descriptor::amqp_value : Descriptor::amqp_sequence);
        return put_list(out, *list);
    }
    const auto* const words = std::get_if<std::string>(&hub.body);
    if (words != nullptr && came_as == Encoding::data) {
        put_descriptor(out, Descriptor::data);
        return put_binary(out, as_bytes(*words));
    }
    put_descriptor(out, Descriptor::amqp_value);
    if (words != nullptr) return put_string(out, *words);
    if (const auto* map = std::get_if<HubMap>(&hub.body)) return put_map(out, *map);
    put_null(out);
}

/// What is behind the header of the message that another one's body is the encoding of. Nothing:
/// it is none.
std::optional<Bytes> native_of(const HubMessage& hub) {
    const auto* const body = std::get_if<Buffer>(&hub.body);
    if (!is_set(hub, kNativeProperty) || body == nullptr) return {};
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
    header.first_acquirer = is_set(hub, kFirstAcquirerProperty);
    header.delivery_count = failures;
    encode(header, out);
    if (const auto native = native_of(hub)) return out.append(*native);
    put_section(Descriptor::delivery_annotations, hub.properties, kDeliveryAnnotationProperty, out);
    put_annotations(hub, out);
    put_properties(hub, out);
    put_application_properties(hub.properties, out);
    put_body(hub, out);
    put_section(Descriptor::footer, hub.properties, kFooterProperty, out);
}

}  // namespace tern::amqp10
