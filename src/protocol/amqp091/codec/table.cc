#include "protocol/amqp091/codec/table.h"

#include "protocol/amqp091/codec/errc.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace tern::amqp091 {
namespace {

/// How many octets a value of fixed size has; nothing for those with a length in front.
std::optional<std::size_t> fixed_size(std::uint8_t type) {
    switch (type) {
        case 'V':
            return 0;
        case 't':
        case 'b':
        case 'B':
            return 1;
        case 's':
        case 'u':
            return 2;
        case 'I':
        case 'i':
        case 'f':
            return 4;
        case 'D':
            return 5;
        case 'l':
        case 'L':
        case 'd':
        case 'T':
            return 8;
        default:
            return std::nullopt;
    }
}

bool has_length(std::uint8_t type) {
    return type == 'S' || type == 'x' || type == 'A' || type == 'F';
}

/// Takes a value off `in`: its octets, behind their length. Fails `in` on an unknown type.
Bytes take_value(ByteReader& in, std::uint8_t type) {
    if (const auto size = fixed_size(type)) return in.take(*size);
    if (has_length(type)) return in.take(in.u32());
    in.fail();
    return {};
}

Bytes take_short(ByteReader& in) {
    return in.take(in.u8());
}

Errc check_values(ByteReader& in, bool keys, int depth) {
    constexpr Errc kFine{};
    if (depth > kTableDepthMax) return Errc::too_deep;
    while (in.remaining() > 0) {
        if (keys) std::ignore = take_short(in);
        const std::uint8_t type = in.u8();
        if (in.failed()) return Errc::truncated;
        if (!fixed_size(type) && !has_length(type)) return Errc::bad_value;
        const Bytes value = take_value(in, type);
        if (in.failed()) return Errc::truncated;
        if (type != 'A' && type != 'F') continue;
        ByteReader inner(value);
        if (const Errc bad = check_values(inner, type == 'F', depth + 1); bad != kFine) return bad;
    }
    return kFine;
}

FieldTable table_of(Bytes entries);

FieldValue value_of(std::uint8_t type, Bytes bytes) {
    ByteReader in(bytes);
    switch (type) {
        case 't':
            return {in.u8() != 0};
        case 'b':
            return {in.i8()};
        case 'B':
            return {in.u8()};
        case 's':
            return {in.i16()};
        case 'u':
            return {in.u16()};
        case 'I':
            return {in.i32()};
        case 'i':
            return {in.u32()};
        case 'l':
        case 'L':
            return {in.i64()};
        case 'f':
            return {std::bit_cast<float>(in.u32())};
        case 'd':
            return {std::bit_cast<double>(in.u64())};
        case 'D': {
            const std::uint8_t scale = in.u8();
            return {Decimal{scale, in.u32()}};
        }
        case 'S':
            return {std::string(as_text(bytes))};
        case 'x':
            return {BinaryValue{std::string(as_text(bytes))}};
        case 'T':
            return {Timestamp{in.u64()}};
        case 'F':
            return {table_of(bytes)};
        case 'A': {
            FieldArray array;
            while (in.remaining() > 0) {
                const std::uint8_t item = in.u8();
                array.values.push_back(value_of(item, take_value(in, item)));
            }
            return {std::move(array)};
        }
        default:
            return {};
    }
}

FieldTable table_of(Bytes entries) {
    FieldTable table;
    ByteReader in(entries);
    while (in.remaining() > 0) {
        const std::string_view key = as_text(take_short(in));
        const std::uint8_t type = in.u8();
        const Bytes bytes = take_value(in, type);
        table.entries.emplace_back(key, value_of(type, bytes));
    }
    return table;
}

void put_long(ByteWriter& out, std::string_view text) {
    out.u32(static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

void encode_value(ByteWriter& out, const FieldValue& field);

/// Whatever `content` writes, with its length in front.
template <class Content>
void with_length(ByteWriter& out, Content content) {
    const std::size_t at = out.size();
    out.u32(0);
    content();
    out.patch_u32(at, static_cast<std::uint32_t>(out.size() - at - 4));
}

struct ValueWriter {
    ByteWriter& out;

    void operator()(std::monostate) const { out.u8('V'); }
    void operator()(bool value) const {
        out.u8('t');
        out.u8(value ? 1 : 0);
    }
    void operator()(std::int8_t value) const {
        out.u8('b');
        out.i8(value);
    }
    void operator()(std::uint8_t value) const {
        out.u8('B');
        out.u8(value);
    }
    void operator()(std::int16_t value) const {
        out.u8('s');
        out.i16(value);
    }
    void operator()(std::uint16_t value) const {
        out.u8('u');
        out.u16(value);
    }
    void operator()(std::int32_t value) const {
        out.u8('I');
        out.i32(value);
    }
    void operator()(std::uint32_t value) const {
        out.u8('i');
        out.u32(value);
    }
    void operator()(std::int64_t value) const {
        out.u8('l');
        out.i64(value);
    }
    void operator()(float value) const {
        out.u8('f');
        out.u32(std::bit_cast<std::uint32_t>(value));
    }
    void operator()(double value) const {
        out.u8('d');
        out.u64(std::bit_cast<std::uint64_t>(value));
    }
    void operator()(const Decimal& value) const {
        out.u8('D');
        out.u8(value.scale);
        out.u32(value.value);
    }
    void operator()(const std::string& value) const {
        out.u8('S');
        put_long(out, value);
    }
    void operator()(const BinaryValue& value) const {
        out.u8('x');
        put_long(out, value.bytes);
    }
    void operator()(const Timestamp& value) const {
        out.u8('T');
        out.u64(value.seconds);
    }
    void operator()(const FieldArray& array) const {
        out.u8('A');
        with_length(out, [&] {
            for (const FieldValue& item : array.values) encode_value(out, item);
        });
    }
    void operator()(const FieldTable& table) const {
        out.u8('F');
        encode_table(out, table);
    }
};

void encode_value(ByteWriter& out, const FieldValue& field) {
    std::visit(ValueWriter{out}, field.value);
}

auto by_key(std::string_view key) {
    return [key](const auto& entry) { return entry.first == key; };
}

}  // namespace

bool FieldArray::operator==(const FieldArray&) const = default;
bool FieldTable::operator==(const FieldTable&) const = default;

const FieldValue* FieldTable::find(std::string_view key) const {
    const auto found = std::ranges::find_if(entries, by_key(key));
    return found == entries.end() ? nullptr : &found->second;
}

FieldValue* FieldTable::find(std::string_view key) {
    const auto found = std::ranges::find_if(entries, by_key(key));
    return found == entries.end() ? nullptr : &found->second;
}

void FieldTable::put(std::string_view key, FieldValue value) {
    if (FieldValue* const found = find(key)) {
        *found = std::move(value);
    } else {
        entries.emplace_back(key, std::move(value));
    }
}

bool FieldTable::remove(std::string_view key) {
    return std::erase_if(entries, by_key(key)) > 0;
}

std::optional<std::int64_t> FieldValue::integer() const {
    return std::visit(
        [](const auto& number) -> std::optional<std::int64_t> {
            using T = std::decay_t<decltype(number)>;
            if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) return number;
            return std::nullopt;
        },
        value);
}

Result<void> check_table(Bytes entries) {
    ByteReader in(entries);
    if (const Errc bad = check_values(in, true, 1); bad != Errc{}) return failure(bad);
    return {};
}

Result<FieldTable> decode_table(Bytes entries) {
    if (const auto checked = check_table(entries); !checked) return failure(checked.error());
    return table_of(entries);
}

void encode_table(ByteWriter& out, const FieldTable& table) {
    with_length(out, [&] { encode_entries(out, table); });
}

void encode_entries(ByteWriter& out, const FieldTable& table) {
    for (const auto& [key, value] : table.entries) {
        const std::size_t size =
            std::min<std::size_t>(key.size(), std::numeric_limits<std::uint8_t>::max());
        out.u8(static_cast<std::uint8_t>(size));
        out.append(std::string_view(key).substr(0, size));
        encode_value(out, value);
    }
}

RawField find_raw(Bytes entries, std::string_view key) {
    ByteReader in(entries);
    while (in.remaining() > 0) {
        const bool found = as_text(take_short(in)) == key;
        const std::uint8_t type = in.u8();
        const Bytes bytes = take_value(in, type);
        if (found) return {type, bytes};
    }
    return {};
}

}  // namespace tern::amqp091
