#include "protocol/amqp10/codec/sections.h"

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

bool may_repeat(std::uint64_t section) {
    return section == static_cast<std::uint64_t>(Descriptor::data) ||
           section == static_cast<std::uint64_t>(Descriptor::amqp_sequence);
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

}  // namespace

Result<Sections> find_sections(Bytes message) {
    Sections all;
    ItemReader in(message);
    std::uint64_t last = 0;
    while (!in.at_end()) {
        const std::size_t at = message.size() - in.rest().size();
        const auto described = describe(in.next());
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
    const auto described = describe(single(section));
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
    const auto described = describe(single(section));
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
    const auto described = describe(single(section));
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
