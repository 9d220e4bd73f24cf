#include "protocol/amqp10/codec/field_reader.h"

namespace tern::amqp10 {

Item FieldReader::next() {
    if (failed_ || left_ == 0) return {};
    --left_;
    return in_.next();
}

Bytes FieldReader::encoded() {
    if (failed_ || left_ == 0) return {};
    --left_;
    const Bytes value = in_.next_encoded();
    return value.size() == 1 && value.front() == 0x40 ? Bytes() : value;
}

bool FieldReader::simple(Kind kind, std::uint32_t& value) {
    if (failed_ || left_ == 0) return false;
    Kind found{};
    if (in_.next_simple(found, value)) {
        --left_;
        if (found != kind && found != Kind::null) fail();
        return found == kind;
    }
    const Item item = of(kind);
    value = static_cast<std::uint32_t>(item.number);
    return !item.is_null();
}

Item FieldReader::of(Kind kind) {
    const Item item = next();
    if (!item.is_null() && item.kind != kind) fail();
    return item;
}

bool FieldReader::boolean(bool default_value) {
    std::uint32_t value = 0;
    return simple(Kind::boolean, value) ? value != 0 : default_value;
}

std::optional<bool> FieldReader::maybe_boolean() {
    std::uint32_t value = 0;
    return simple(Kind::boolean, value) ? std::optional(value != 0) : std::nullopt;
}

std::uint8_t FieldReader::u8(std::uint8_t default_value) {
    const Item item = of(Kind::ubyte_value);
    return item.is_null() ? default_value : static_cast<std::uint8_t>(item.number);
}

std::uint16_t FieldReader::u16(std::uint16_t default_value) {
    return maybe_u16().value_or(default_value);
}

std::optional<std::uint16_t> FieldReader::maybe_u16() {
    const Item item = of(Kind::ushort_value);
    return item.is_null() ? std::nullopt : std::optional(static_cast<std::uint16_t>(item.number));
}

std::uint32_t FieldReader::u32(std::uint32_t default_value) {
    std::uint32_t value = 0;
    return simple(Kind::uint_value, value) ? value : default_value;
}

std::optional<std::uint32_t> FieldReader::maybe_u32() {
    std::uint32_t value = 0;
    return simple(Kind::uint_value, value) ? std::optional(value) : std::nullopt;
}

std::uint64_t FieldReader::u64(std::uint64_t default_value) {
    const Item item = of(Kind::ulong_value);
    return item.is_null() ? default_value : item.number;
}

std::int64_t FieldReader::timestamp() {
    return static_cast<std::int64_t>(of(Kind::timestamp).number);
}

std::string_view FieldReader::string() {
    return of(Kind::string).text();
}

std::string_view FieldReader::symbol() {
    return of(Kind::symbol).text();
}

std::optional<Bytes> FieldReader::maybe_binary() {
    const Item item = of(Kind::binary);
    return item.is_null() ? std::nullopt : std::optional(item.bytes);
}

Symbols FieldReader::symbols() {
    auto symbols = symbols_of(next());
    if (!symbols) {
        fail();
        return {};
    }
    return std::move(*symbols);
}

}  // namespace tern::amqp10
