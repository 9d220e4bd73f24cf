#pragma once

#include "bytes/byte_writer.h"
#include "protocol/amqp10/codec/descriptors.h"
#include "protocol/amqp10/codec/item.h"

#include <span>

namespace tern::amqp10 {

// Values in their shortest encoding, appended to `out`.
void put_null(ByteWriter& out);
void put_boolean(ByteWriter& out, bool value);
void put_ubyte(ByteWriter& out, std::uint8_t value);
void put_ushort(ByteWriter& out, std::uint16_t value);
void put_uint(ByteWriter& out, std::uint32_t value);
void put_ulong(ByteWriter& out, std::uint64_t value);
void put_byte(ByteWriter& out, std::int8_t value);
void put_short(ByteWriter& out, std::int16_t value);
void put_int(ByteWriter& out, std::int32_t value);
void put_long(ByteWriter& out, std::int64_t value);
void put_float(ByteWriter& out, float value);
void put_double(ByteWriter& out, double value);
void put_char(ByteWriter& out, char32_t value);
void put_timestamp(ByteWriter& out, std::int64_t ms);
void put_uuid(ByteWriter& out, Bytes sixteen);
void put_binary(ByteWriter& out, Bytes value);
void put_string(ByteWriter& out, std::string_view value);
void put_symbol(ByteWriter& out, std::string_view value);
void put_symbols(ByteWriter& out, const Symbols& symbols);
void put_descriptor(ByteWriter& out, Descriptor descriptor);

/// A list or map whose size is known only at its end. Large ones of four bytes a length; `small`
/// ones, of one byte, must stay below 255 bytes.
class Compound {
public:
    enum class Type : std::uint8_t { list, map, small_list };

    Compound(ByteWriter& out, Type type);
    /// That many values were written inside.
    void end(std::uint32_t count);

private:
    ByteWriter& out_;
    std::size_t at_;
    bool small_;
};

/// The fields of a described list; those at the end that say nothing are left out.
class FieldWriter {
public:
    FieldWriter(ByteWriter& out, Descriptor descriptor, Compound::Type type = Compound::Type::list);

    void null() { ++nulls_; }
    void boolean(bool value, bool default_value = false);
    void u8(std::uint8_t value);
    void u16(std::uint16_t value);
    void u32(std::uint32_t value);
    void u32(const std::optional<std::uint32_t>& value);
    void u64(std::uint64_t value);
    void string(std::string_view value);
    void symbol(std::string_view value);
    void symbols(const Symbols& value);
    void binary(Bytes value);
    /// A value as it was encoded; empty: null.
    void encoded(Bytes value);
    /// Room for a value that the caller appends to the writer.
    void next();
    void end() { list_.end(count_); }

private:
    static ByteWriter& describe(ByteWriter& out, Descriptor descriptor);

    ByteWriter& out_;
    Compound list_;
    std::uint32_t count_ = 0;
    std::uint32_t nulls_ = 0;
};

}  // namespace tern::amqp10
