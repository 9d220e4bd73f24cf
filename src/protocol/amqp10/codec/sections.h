#pragma once

#include "bytes/byte_writer.h"
#include "protocol/amqp10/codec/errc.h"
#include "protocol/amqp10/codec/item.h"

namespace tern::amqp10 {

/// A message's sections as they were encoded, descriptors included; absent ones are empty. From
/// `properties` on they follow each other without a gap: the bare message and its footer.
struct Sections {
    Bytes header{};
    Bytes delivery_annotations{};
    Bytes message_annotations{};
    Bytes properties{};
    Bytes application_properties{};
    Bytes body{};  ///< all data or sequence sections, or the one value, and what is behind: the
                   ///< footer
};

/// Finds the sections of a message. Errors: malformed, unexpected, bad_order.
[[nodiscard]] Result<Sections> find_sections(Bytes message);

/// Where a section begins, before its content has come.
struct SectionHead {
    std::uint64_t code = 0;
    bool right_type = false;    ///< its value is of the type that it must have
    std::size_t bytes = 0;      ///< descriptor, constructor and size
    std::uint64_t content = 0;  ///< bytes that follow
};

/// The section at the beginning of `bytes`; nothing when more of it has to come. Errors: malformed.
[[nodiscard]] Result<std::optional<SectionHead>> find_section_head(Bytes bytes);
/// Whether there may be several of such sections in a row.
[[nodiscard]] bool may_repeat(std::uint64_t section);

/// The beginning of a message, up to its body.
struct MessageHead {
    std::size_t bytes = 0;
    Sections sections{};  ///< without a body
};
/// Nothing when the body does not begin in `bytes`. Errors: as find_sections.
[[nodiscard]] Result<std::optional<MessageHead>> find_message_head(Bytes bytes);

/// Part 3, 3.2.1.
struct Header {
    bool durable = false;
    std::uint8_t priority = 4;
    std::optional<std::uint32_t> ttl_ms{};
    bool first_acquirer = false;
    std::uint32_t delivery_count = 0;

    bool operator==(const Header&) const = default;
};

[[nodiscard]] Result<Header> decode_header(Bytes section);
/// Nothing at all when every field has its default.
void encode(const Header& header, ByteWriter& out);

/// Part 3, 3.2.4. Ids are of several types.
struct Properties {
    Item message_id{};
    std::optional<Bytes> user_id{};
    Item to{};
    std::string_view subject{};
    Item reply_to{};
    Item correlation_id{};
    std::string_view content_type{};
    std::string_view content_encoding{};
    std::int64_t expires_at_ms = 0;
    std::int64_t created_at_ms = 0;
    std::string_view group_id{};
    std::uint32_t group_sequence = 0;
    std::string_view reply_to_group_id{};
};

/// An empty section gives none of them. Errors: malformed, bad_field.
[[nodiscard]] Result<Properties> decode_properties(Bytes section);

/// Calls `each(key, value)` for the entries of a map until it returns false; false when the map is
/// malformed. `section` may be a described map, a plain one or empty.
template <class Each>
[[nodiscard]] bool for_each_entry(const Item& map, Each&& each) {
    ItemReader in(map.bytes);
    if (map.is_null()) return true;
    if (map.kind != Kind::map || map.count % 2 != 0) return false;
    for (std::uint32_t i = 0; i < map.count; i += 2) {
        const Item key = in.next();
        const Item value = in.next();
        if (in.failed()) return false;
        if (!each(key, value)) return true;
    }
    return true;
}

/// The map in a section of annotations or application properties; null when the section is empty.
[[nodiscard]] Item map_of(Bytes section);

/// The value of an entry whose key is this string or symbol; null when there is none.
[[nodiscard]] Item find_entry(const Item& map, std::string_view key);

}  // namespace tern::amqp10
