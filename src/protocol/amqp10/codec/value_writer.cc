#include "protocol/amqp10/codec/value_writer.h"

#include <bit>
#include <limits>

namespace tern::amqp10 {
namespace {

template <class T>
bool fits_byte(T value) {
    return value >= std::numeric_limits<std::int8_t>::min() &&
           value <= std::numeric_limits<std::int8_t>::max();
}

void put_variable(ByteWriter& out, std::uint8_t narrow, std::uint8_t wide, Bytes value) {
    if (value.size() <= 0xFF) {
        out.u8(narrow);
        out.u8(static_cast<std::uint8_t>(value.size()));
    } else {
        out.u8(wide);
        out.u32(static_cast<std::uint32_t>(value.size()));
    }
    out.append(value);
}

}  // namespace

void put_null(ByteWriter& out) {
    out.u8(0x40);
}

void put_boolean(ByteWriter& out, bool value) {
    out.u8(value ? 0x41 : 0x42);
}

void put_ubyte(ByteWriter& out, std::uint8_t value) {
    out.u8(0x50);
    out.u8(value);
}

void put_ushort(ByteWriter& out, std::uint16_t value) {
    out.u8(0x60);
    out.u16(value);
}

void put_uint(ByteWriter& out, std::uint32_t value) {
    if (value == 0) return out.u8(0x43);
    if (value <= 0xFF) {
        out.u8(0x52);
        return out.u8(static_cast<std::uint8_t>(value));
    }
    out.u8(0x70);
    out.u32(value);
}

void put_ulong(ByteWriter& out, std::uint64_t value) {
    if (value == 0) return out.u8(0x44);
    if (value <= 0xFF) {
        out.u8(0x53);
        return out.u8(static_cast<std::uint8_t>(value));
    }
    out.u8(0x80);
    out.u64(value);
}

void put_byte(ByteWriter& out, std::int8_t value) {
    out.u8(0x51);
    out.i8(value);
}

void put_short(ByteWriter& out, std::int16_t value) {
    out.u8(0x61);
    out.i16(value);
}

void put_int(ByteWriter& out, std::int32_t value) {
    out.u8(fits_byte(value) ? 0x54 : 0x71);
    if (fits_byte(value)) return out.i8(static_cast<std::int8_t>(value));
    out.i32(value);
}

void put_long(ByteWriter& out, std::int64_t value) {
    out.u8(fits_byte(value) ? 0x55 : 0x81);
    if (fits_byte(value)) return out.i8(static_cast<std::int8_t>(value));
    out.i64(value);
}

void put_float(ByteWriter& out, float value) {
    out.u8(0x72);
    out.u32(std::bit_cast<std::uint32_t>(value));
}

void put_double(ByteWriter& out, double value) {
    out.u8(0x82);
    out.u64(std::bit_cast<std::uint64_t>(value));
}

void put_char(ByteWriter& out, char32_t value) {
    out.u8(0x73);
    out.u32(value);
}

void put_timestamp(ByteWriter& out, std::int64_t ms) {
    out.u8(0x83);
    out.i64(ms);
}

void put_uuid(ByteWriter& out, Bytes sixteen) {
    out.u8(0x98);
    out.append(sixteen);
}

void put_binary(ByteWriter& out, Bytes value) {
    put_variable(out, 0xa0, 0xb0, value);
}

void put_string(ByteWriter& out, std::string_view value) {
    put_variable(out, 0xa1, 0xb1, as_bytes(value));
}

void put_symbol(ByteWriter& out, std::string_view value) {
    put_variable(out, 0xa3, 0xb3, as_bytes(value));
}

void put_symbols(ByteWriter& out, const Symbols& symbols) {
    out.u8(0xf0);
    const std::size_t size_at = out.size();
    out.u32(0);
    out.u32(static_cast<std::uint32_t>(symbols.size()));
    out.u8(0xb3);
    for (const std::string_view symbol : symbols) {
        out.u32(static_cast<std::uint32_t>(symbol.size()));
        out.append(symbol);
    }
    out.patch_u32(size_at, static_cast<std::uint32_t>(out.size() - size_at - 4));
}

void put_descriptor(ByteWriter& out, Descriptor descriptor) {
    std::uint8_t* const at = out.room(3);
    at[0] = 0x00;
    at[1] = 0x53;
    at[2] = static_cast<std::uint8_t>(descriptor);
}

Compound::Compound(ByteWriter& out, Type type) : out_(out), small_(type == Type::small_list) {
    if (small_) {
        out_.u8(0xc0);
        at_ = out_.size();
        out_.u16(0);
    } else {
        out_.u8(type == Type::list ? 0xd0 : 0xd1);
        at_ = out_.size();
        out_.u64(0);
    }
}

void Compound::end(std::uint32_t count) {
    if (small_) {
        const std::size_t size = out_.size() - at_ - 1;
        TERN_ASSERT(size <= 0xFF && count <= 0xFF);
        out_.patch_u8(at_, static_cast<std::uint8_t>(size));
        out_.patch_u8(at_ + 1, static_cast<std::uint8_t>(count));
    } else {
        out_.patch_u32(at_, static_cast<std::uint32_t>(out_.size() - at_ - 4));
        out_.patch_u32(at_ + 4, count);
    }
}

ByteWriter& FieldWriter::describe(ByteWriter& out, Descriptor descriptor) {
    put_descriptor(out, descriptor);
    return out;
}

FieldWriter::FieldWriter(ByteWriter& out, Descriptor descriptor, Compound::Type type)
    : out_(out), list_(describe(out, descriptor), type) {}

void FieldWriter::next() {
    count_ += nulls_ + 1;
    for (; nulls_ > 0; --nulls_) put_null(out_);
}

void FieldWriter::boolean(bool value, bool default_value) {
    if (value == default_value) return null();
    next();
    put_boolean(out_, value);
}

void FieldWriter::u8(std::uint8_t value) {
    next();
    put_ubyte(out_, value);
}

void FieldWriter::u16(std::uint16_t value) {
    next();
    put_ushort(out_, value);
}

void FieldWriter::u32(std::uint32_t value) {
    next();
    put_uint(out_, value);
}

void FieldWriter::u32(const std::optional<std::uint32_t>& value) {
    if (!value) return null();
    u32(*value);
}

void FieldWriter::u64(std::uint64_t value) {
    next();
    put_ulong(out_, value);
}

void FieldWriter::string(std::string_view value) {
    next();
    put_string(out_, value);
}

void FieldWriter::symbol(std::string_view value) {
    if (value.empty()) return null();
    next();
    put_symbol(out_, value);
}

void FieldWriter::symbols(const Symbols& value) {
    if (value.empty()) return null();
    next();
    put_symbols(out_, value);
}

void FieldWriter::binary(Bytes value) {
    next();
    put_binary(out_, value);
}

void FieldWriter::encoded(Bytes value) {
    if (value.empty()) return null();
    next();
    out_.append(value);
}

}  // namespace tern::amqp10
