#include "protocol/amqp10/codec/sections.h"

#include "bytes/byte_reader.h"
#include "protocol/amqp10/codec/descriptors.h"
#include "protocol/amqp10/codec/field_reader.h"
#include "protocol/amqp10/codec/value_writer.h"

#include <tuple>

namespace tern::amqp10 {
namespace {

Bytes* place_of(Descriptor section, Sections& all) {
    switch (section) {
        case Descriptor::header:
            return &all.header;
        case Descriptor::delivery_annotations:
            return &all.delivery_annotations;
        case Descriptor::message_annotations:
            return &all.message_annotations;
        case Descriptor::properties:
            return &all.properties;
        case Descriptor::application_properties:
            return &all.application_properties;
        default:
            return nullptr;
    }
}

bool is_body(std::uint64_t section) {
    return section >= static_cast<std::uint64_t>(Descriptor::data) &&
           section <= static_cast<std::uint64_t>(Descriptor::amqp_value);
}

bool has_right_type(Descriptor section, Kind kind) {
    switch (section) {
        case Descriptor::header:
        case Descriptor::properties:
        case Descriptor::amqp_sequence:
            return kind == Kind::list;
        case Descriptor::data:
            return kind == Kind::binary;
        case Descriptor::amqp_value:
            return true;
        default:
            return kind == Kind::map;
    }
}

constexpr int kDescriptorsMax = 8;

/// A size, of which `count_bytes` at least are there for the count of elements.
std::optional<std::uint64_t> sized(std::uint64_t size, std::uint64_t count_bytes, ByteReader& in) {
    return in.failed() || size >= count_bytes ? std::optional(size) : std::nullopt;
}

/// How many bytes follow the constructor `code` and its size, if it has one. Nothing: there is no
/// such constructor. Part 1, 1.6.
std::optional<std::uint64_t> content_of(std::uint8_t code, ByteReader& in) {
    switch (code) {
        case 0x40:
        case 0x41:
        case 0x42:
        case 0x43:
        case 0x44:
        case 0x45:
            return 0;
        case 0x50:
        case 0x51:
        case 0x52:
        case 0x53:
        case 0x54:
        case 0x55:
        case 0x56:
            return 1;
        case 0x60:
        case 0x61:
            return 2;
        case 0x70:
        case 0x71:
        case 0x72:
        case 0x73:
        case 0x74:
            return 4;
        case 0x80:
        case 0x81:
        case 0x82:
        case 0x83:
        case 0x84:
            return 8;
        case 0x94:
        case 0x98:
            return 16;
        case 0xa0:
        case 0xa1:
        case 0xa3:
            return in.u8();
        case 0xb0:
        case 0xb1:
        case 0xb3:
            return in.u32();
        case 0xc0:
        case 0xc1:
        case 0xe0:
            return sized(in.u8(), 1, in);
        case 0xd0:
        case 0xd1:
        case 0xf0:
            return sized(in.u32(), 4, in);
        default:
            return {};
    }
}

/// Of those values that sections are made of.
Kind kind_of(std::uint8_t code) {
    switch (code) {
        case 0x45:
        case 0xc0:
        case 0xd0:
            return Kind::list;
        case 0xc1:
        case 0xd1:
            return Kind::map;
        case 0xa0:
        case 0xb0:
            return Kind::binary;
        default:
            return Kind::null;
    }
}

}  // namespace

bool may_repeat(std::uint64_t section) {
    return section == static_cast<std::uint64_t>(Descriptor::data) ||
           section == static_cast<std::uint64_t>(Descriptor::amqp_sequence);
}

Result<std::optional<SectionHead>> find_section_head(Bytes bytes) {
    using Found = std::optional<SectionHead>;
    ByteReader in(bytes);
    if (in.u8() != 0 && !in.failed()) return failure(Errc::malformed);
    SectionHead head;
    // A value may itself be described: its descriptors are small, and passed over.
    for (int depth = 0; !in.failed(); ++depth) {
        if (depth == kDescriptorsMax) return failure(Errc::malformed);
        const Bytes rest = bytes.last(in.remaining());
        const std::uint8_t code = in.u8();
        const auto size = content_of(code, in);
        std::ignore = in.take(size.value_or(0));
        if (in.failed()) return Found();
        if (!size) return failure(Errc::malformed);
        if (depth == 0) {
            const auto descriptor = code_of(single(rest.first(rest.size() - in.remaining())));
            if (!descriptor) return failure(Errc::malformed);
            head.code = *descriptor;
        }
        const std::uint8_t constructor = in.u8();
        if (in.failed()) return Found();
        if (constructor == 0) {
            if (head.code != static_cast<std::uint64_t>(Descriptor::amqp_value)) {
                return failure(Errc::unexpected);
            }
            continue;
        }
        const auto content = content_of(constructor, in);
        if (in.failed()) return Found();
        if (!content) return failure(Errc::malformed);
        head.right_type = head.code <= static_cast<std::uint64_t>(Descriptor::footer) &&
                          has_right_type(static_cast<Descriptor>(head.code), kind_of(constructor));
        head.bytes = bytes.size() - in.remaining();
        head.content = *content;
        return Found(head);
    }
    return Found();
}

Result<std::optional<MessageHead>> find_message_head(Bytes bytes) {
    std::size_t at = 0;
    for (;;) {
        const auto head = find_section_head(bytes.subspan(at));
        if (!head) return failure(head.error());
        if (!*head) return std::optional<MessageHead>();
        if ((*head)->code >= static_cast<std::uint64_t>(Descriptor::data)) break;
        if ((*head)->content > bytes.size() - at - (*head)->bytes) {
            return std::optional<MessageHead>();
        }
        at += (*head)->bytes + (*head)->content;
    }
    const auto sections = find_sections(bytes.first(at));
    if (!sections) return failure(sections.error());
    return std::optional(MessageHead{at, *sections});
}

Result<Sections> find_sections(Bytes message) {
    Sections all;
    ItemReader in(message);
    std::uint64_t last = 0;
    while (!in.at_end()) {
        const std::size_t at = message.size() - in.rest().size();
        const auto described = in.next_described();
        if (!described) return failure(Errc::malformed);
        const std::uint64_t code = described->code;
        if (code < static_cast<std::uint64_t>(Descriptor::header) ||
            code > static_cast<std::uint64_t>(Descriptor::footer) ||
            !has_right_type(static_cast<Descriptor>(code), described->value.kind)) {
            return failure(Errc::unexpected);
        }
        const bool in_order = code > last || (code == last && may_repeat(code));
        // A body is made of sections of one kind.
        if (!in_order || (is_body(code) && is_body(last) && code != last)) {
            return failure(Errc::bad_order);
        }
        last = code;
        const std::size_t end = message.size() - in.rest().size();
        if (Bytes* const place = place_of(static_cast<Descriptor>(code), all)) {
            *place = message.subspan(at, end - at);
        } else if (all.body.empty()) {
            all.body = message.subspan(at);
        }
    }
    return all;
}

Result<Header> decode_header(Bytes section) {
    Header header;
    if (section.empty()) return header;
    const auto described = single_described(section);
    if (!described) return failure(Errc::malformed);
    FieldReader fields(described->value);
    header.durable = fields.boolean();
    header.priority = fields.u8(4);
    header.ttl_ms = fields.maybe_u32();
    header.first_acquirer = fields.boolean();
    header.delivery_count = fields.u32();
    if (fields.failed()) return failure(Errc::bad_field);
    return header;
}

void encode(const Header& header, ByteWriter& out) {
    if (header == Header{}) return;
    FieldWriter fields(out, Descriptor::header, Compound::Type::small_list);
    fields.boolean(header.durable);
    if (header.priority == 4) {
        fields.null();
    } else {
        fields.u8(header.priority);
    }
    fields.u32(header.ttl_ms);
    fields.boolean(header.first_acquirer);
    if (header.delivery_count != 0) fields.u32(header.delivery_count);
    fields.end();
}

Result<Properties> decode_properties(Bytes section) {
    Properties properties;
    if (section.empty()) return properties;
    const auto described = single_described(section);
    if (!described) return failure(Errc::malformed);
    FieldReader fields(described->value);
    properties.message_id = fields.next();
    properties.user_id = fields.maybe_binary();
    properties.to = fields.next();
    properties.subject = fields.string();
    properties.reply_to = fields.next();
    properties.correlation_id = fields.next();
    properties.content_type = fields.symbol();
    properties.content_encoding = fields.symbol();
    properties.expires_at_ms = fields.timestamp();
    properties.created_at_ms = fields.timestamp();
    properties.group_id = fields.string();
    properties.group_sequence = fields.u32();
    properties.reply_to_group_id = fields.string();
    if (fields.failed()) return failure(Errc::bad_field);
    return properties;
}

Item map_of(Bytes section) {
    if (section.empty()) return {};
    const auto described = single_described(section);
    return described && described->value.kind == Kind::map ? described->value : Item{};
}

Item find_entry(const Item& map, std::string_view key) {
    Item found;
    std::ignore = for_each_entry(map, [&](const Item& name, const Item& value) {
        if (!name.is_text() || name.text() != key) return true;
        found = value;
        return false;
    });
    return found;
}

}  // namespace tern::amqp10
