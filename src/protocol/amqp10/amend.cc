#include "protocol/amqp10/annotate.h"
#include "protocol/amqp10/codec/value_writer.h"
#include "protocol/amqp10/hub.h"
#include "protocol/amqp10/hub_values.h"
#include "protocol/amqp10/ids.h"
#include "protocol/amqp10/stored.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace tern::amqp10 {
namespace {

// Fields of the properties, part 3, 3.2.4.
constexpr std::uint32_t kMessageId = 0;
constexpr std::uint32_t kAbsoluteExpiryTime = 8;

/// The section with another expiry and, if it is not empty, another id. What does not differ stays
/// as it was encoded.
void put_properties(Bytes section, std::optional<std::int64_t> expires_at_ms, std::string_view id,
                    ByteWriter& out) {
    const auto described = section.empty() ? std::nullopt : describe(single(section));
    const std::uint32_t known = described ? described->value.count : 0;
    ItemReader in(described ? described->value.bytes : Bytes());
    const bool expires = expires_at_ms.value_or(0) > 0;
    const std::uint32_t count =
        std::max({known, expires ? kAbsoluteExpiryTime + 1 : 0, id.empty() ? 0 : kMessageId + 1});
    FieldWriter fields(out, Descriptor::properties);
    for (std::uint32_t i = 0; i < count; ++i) {
        const Bytes as_it_was = i < known ? in.next_encoded() : Bytes();
        if (i == kMessageId && !id.empty()) {
            fields.next();
            put_id(out, id);
        } else if (i == kAbsoluteExpiryTime && expires) {
            fields.next();
            put_timestamp(out, *expires_at_ms);
        } else if (i == kAbsoluteExpiryTime && expires_at_ms) {
            fields.null();
        } else {
            fields.encoded(as_it_was);
        }
    }
    fields.end();
}

/// With annotations that say where it was before; without them if it has too many of its own.
MessagePtr with_annotations(MessagePtr message, const message::Amendment& change) {
    ByteWriter annotations;
    Compound map(annotations, Compound::Type::map);
    std::uint32_t count = 0;
    for (const auto& [property, value] : change.set) {
        const std::string name = letter_annotation(property);
        if (name.empty()) continue;
        put_symbol(annotations, name);
        put_value(annotations, value);
        count += 2;
    }
    map.end(count);
    if (count == 0) return message;
    MessagePtr other = annotated(*message, annotations.bytes());
    return other != nullptr ? other : message;
}

}  // namespace

Result<MessagePtr> Reader::amend(const Message& stored, const message::Amendment& change) const {
    const auto parts = open_stored(stored);
    if (!parts) return failure(parts.error());
    const auto properties = decode_properties(parts->properties);
    if (!properties) return failure(properties.error());
    // Clients look at what the properties say of the expiry, whatever the header says.
    const bool says_expiry = change.expires_at_ms && properties->expires_at_ms > 0 &&
                             properties->expires_at_ms != *change.expires_at_ms;
    if (!says_expiry && change.id.empty()) {
        auto same = FormatReader::amend(stored, change);
        if (same) *same = with_annotations(std::move(*same), change);
        return same;
    }

    MessageHeader header = stored.header();
    header.durable = change.durable.value_or(header.durable);
    header.timestamp_ms = change.timestamp_ms.value_or(header.timestamp_ms);
    header.expires_at_ms = change.expires_at_ms.value_or(header.expires_at_ms);
    ByteWriter native;
    native.append(stored.native().first(stored.native().size() - parts->annotated.size()));
    native.append(parts->message_annotations);
    put_properties(parts->properties, says_expiry ? change.expires_at_ms : std::nullopt, change.id,
                   native);
    return with_annotations(
        Message::create_like(stored, header, native.bytes(), stored.properties()), change);
}

}  // namespace tern::amqp10
