#include "protocol/amqp091/codec/content.h"

#include "bytes/byte_reader.h"
#include "protocol/amqp091/codec/errc.h"
#include "protocol/amqp091/codec/frame.h"
#include "protocol/amqp091/codec/table.h"

#include <algorithm>
#include <tuple>

namespace tern::amqp091 {
namespace {

constexpr std::uint16_t kBasicClass = 60;

/// Every property in the order of the flags, from bit 15 down.
template <class P, class Visit>
void each(P& p, Visit visit) {
    visit(p.content_type);
    visit(p.content_encoding);
    visit(p.headers);
    visit(p.delivery_mode);
    visit(p.priority);
    visit(p.correlation_id);
    visit(p.reply_to);
    visit(p.expiration);
    visit(p.message_id);
    visit(p.timestamp);
    visit(p.type);
    visit(p.user_id);
    visit(p.app_id);
    visit(p.cluster_id);
}

void read(ByteReader& in, std::optional<std::string_view>& text) {
    text = as_text(in.take(in.u8()));
}
void read(ByteReader& in, std::optional<Bytes>& table) {
    table = in.take(in.u32());
}
void read(ByteReader& in, std::optional<std::uint8_t>& octet) {
    octet = in.u8();
}
void read(ByteReader& in, std::optional<std::uint64_t>& number) {
    number = in.u64();
}

void write(ByteWriter& out, std::string_view text) {
    put_short(out, text);
}
void write(ByteWriter& out, Bytes table) {
    out.u32(static_cast<std::uint32_t>(table.size()));
    out.append(table);
}
void write(ByteWriter& out, std::uint8_t octet) {
    out.u8(octet);
}
void write(ByteWriter& out, std::uint64_t number) {
    out.u64(number);
}

}  // namespace

bool Properties::operator==(const Properties& other) const {
    const auto rest = [](const Properties& p) {
        return std::tie(p.content_type, p.content_encoding, p.delivery_mode, p.priority,
                        p.correlation_id, p.reply_to, p.expiration, p.message_id, p.timestamp,
                        p.type, p.user_id, p.app_id, p.cluster_id);
    };
    return rest(*this) == rest(other) && headers.has_value() == other.headers.has_value() &&
           (!headers || std::ranges::equal(*headers, *other.headers));
}

Result<Properties> decode_properties(Bytes raw) {
    ByteReader in(raw);
    Properties properties;
    const std::uint16_t flags = in.u16();
    std::uint16_t mask = 0x8000;
    each(properties, [&](auto& property) {
        if ((flags & mask) != 0) read(in, property);
        mask = static_cast<std::uint16_t>(mask >> 1);
    });
    if (in.failed()) return failure(Errc::truncated);
    // The two lowest bits mean nothing in this class: a second word of flags would follow.
    if (!in.done() || (flags & 0x0003) != 0) return failure(Errc::trailing_bytes);
    if (properties.headers) {
        if (const auto checked = check_table(*properties.headers); !checked) {
            return failure(checked.error());
        }
    }
    return properties;
}

Result<ContentHeader> decode_content_header(Bytes payload) {
    ByteReader in(payload);
    const std::uint16_t class_id = in.u16();
    std::ignore = in.u16();  // weight: unused
    ContentHeader header;
    header.body_bytes = in.u64();
    header.raw = in.take(in.remaining());
    if (in.failed()) return failure(Errc::truncated);
    if (class_id != kBasicClass) return failure(Errc::bad_content_class);
    auto properties = decode_properties(header.raw);
    if (!properties) return failure(properties.error());
    header.properties = *properties;
    return header;
}

void encode_properties(ByteWriter& out, const Properties& properties) {
    const std::size_t flags_at = out.size();
    out.u16(0);
    std::uint16_t flags = 0;
    std::uint16_t mask = 0x8000;
    each(properties, [&](const auto& property) {
        if (property) {
            flags = static_cast<std::uint16_t>(flags | mask);
            write(out, *property);
        }
        mask = static_cast<std::uint16_t>(mask >> 1);
    });
    out.patch_u16(flags_at, flags);
}

void encode_content_header(ByteWriter& out, std::uint16_t channel, std::uint64_t body_bytes,
                           Bytes raw) {
    const std::size_t begun = begin_frame(out, FrameType::header, channel);
    out.u16(kBasicClass);
    out.u16(0);
    out.u64(body_bytes);
    out.append(raw);
    end_frame(out, begun);
}

}  // namespace tern::amqp091
