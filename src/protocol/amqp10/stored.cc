#include "protocol/amqp10/stored.h"

#include "bytes/byte_reader.h"
#include "protocol/amqp10/address.h"

#include <algorithm>
#include <limits>

namespace tern::amqp10 {
namespace {

constexpr std::uint8_t kFirstAcquirer = 0x01;
constexpr std::uint8_t kNative = 0x02;
constexpr std::uint8_t kRaw = 0x04;
constexpr std::uint8_t kHadHeader = 0x08;
constexpr std::uint8_t kDeliveryAnnotations = 0x10;
constexpr std::size_t kFixedBytes = 4;
constexpr std::int64_t kTtlMax = std::numeric_limits<std::uint32_t>::max();

std::uint8_t flags_of(bool first_acquirer, Transformer transformer) {
    std::uint8_t flags = first_acquirer ? kFirstAcquirer : 0;
    if (transformer == Transformer::native) flags |= kNative;
    if (transformer == Transformer::raw) flags |= kRaw;
    return flags;
}

std::size_t prefix_bytes(Bytes native) {
    if (native.size() < kFixedBytes) return native.size();
    std::size_t bytes = kFixedBytes + load_big_endian<std::uint16_t>(native.data() + 2);
    if ((native.front() & kDeliveryAnnotations) != 0 && native.size() >= bytes + 4) {
        bytes += 4 + std::size_t{load_big_endian<std::uint32_t>(native.data() + bytes)};
    }
    return std::min(native.size(), bytes);
}

std::int64_t expires_at(const Header& header, const Properties& properties, std::int64_t now_ms) {
    if (properties.expires_at_ms > 0) return properties.expires_at_ms;
    return header.ttl_ms.value_or(0) > 0 ? now_ms + *header.ttl_ms : 0;
}

}  // namespace

Bytes annotated_of(const Message& message) {
    return message.native().subspan(prefix_bytes(message.native()));
}

bool first_acquirer_of(const Message& message) {
    return !message.native().empty() && (message.native().front() & kFirstAcquirer) != 0;
}

Result<Stored> open_stored(const Message& message) {
    ByteReader in(message.native());
    Stored stored;
    const std::uint8_t flags = in.u8();
    stored.first_acquirer = (flags & kFirstAcquirer) != 0;
    if ((flags & kNative) != 0) stored.transformer = Transformer::native;
    if ((flags & kRaw) != 0) stored.transformer = Transformer::raw;
    stored.had_header = (flags & kHadHeader) != 0;
    const std::uint8_t kind = in.u8();
    const Bytes name = in.take(in.u16());
    if ((flags & kDeliveryAnnotations) != 0) stored.delivery_annotations = in.take(in.u32());
    stored.annotated = in.take(in.remaining());
    if (in.failed() || kind > static_cast<std::uint8_t>(DestinationKind::temporary_topic)) {
        return failure(Errc::malformed);
    }
    stored.sent_to = destination_of(static_cast<DestinationKind>(kind), as_text(name));
    const auto sections = find_sections(stored.annotated);
    if (!sections) return failure(sections.error());
    stored.message_annotations = sections->message_annotations;
    stored.properties = sections->properties;
    return stored;
}

Result<MessagePtr> store(const Sections& sections, const Arrival& arrival, const BodyPlace& body,
                         ByteWriter& scratch) {
    const auto header = decode_header(sections.header);
    if (!header) return failure(header.error());
    const auto properties = decode_properties(sections.properties);
    if (!properties) return failure(properties.error());
    constexpr std::size_t kTextMax = std::numeric_limits<std::uint16_t>::max();
    if (properties->group_id.size() > kTextMax || arrival.to.name.size() > kTextMax) {
        return failure(Errc::bad_field);
    }
    MessageHeader stored;
    stored.format = Format::amqp10;
    stored.durable = header->durable ? Durable::yes : Durable::no;
    stored.priority = std::min<std::uint8_t>(header->priority, 9);
    stored.timestamp_ms = properties->created_at_ms;
    stored.expires_at_ms = expires_at(*header, *properties, arrival.now_ms);
    stored.group_sequence = static_cast<std::int32_t>(properties->group_sequence);
    stored.group_id = properties->group_id;

    scratch.clear();
    const Bytes hop = sections.delivery_annotations;
    std::uint8_t flags = flags_of(header->first_acquirer, arrival.transformer);
    if (!sections.header.empty()) flags |= kHadHeader;
    if (!hop.empty()) flags |= kDeliveryAnnotations;
    scratch.u8(flags);
    scratch.u8(static_cast<std::uint8_t>(kind_of(arrival.to)));
    scratch.u16(static_cast<std::uint16_t>(arrival.to.name.size()));
    scratch.append(arrival.to.name);
    if (!hop.empty()) {
        scratch.u32(static_cast<std::uint32_t>(hop.size()));
        scratch.append(hop);
    }
    scratch.append(sections.message_annotations);
    scratch.append(sections.properties);
    if (body.large != nullptr) {
        return Message::create_large(stored, scratch.bytes(), sections.application_properties,
                                     body.large);
    }
    return Message::create(stored, scratch.bytes(), sections.application_properties, sections.body,
                           body.owner);
}

Header delivery_header(const Message& message, bool first_acquirer, std::uint32_t failures,
                       std::int64_t now_ms) {
    const MessageHeader& stored = message.header();
    Header header;
    header.durable = stored.durable == Durable::yes;
    header.priority = stored.priority;
    if (stored.expires_at_ms != 0) {
        header.ttl_ms = static_cast<std::uint32_t>(
            std::clamp<std::int64_t>(stored.expires_at_ms - now_ms, 1, kTtlMax));
    }
    header.first_acquirer = first_acquirer;
    header.delivery_count = failures;
    return header;
}

}  // namespace tern::amqp10
