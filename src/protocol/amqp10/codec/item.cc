#include "protocol/amqp10/codec/item.h"

#include "bytes/byte_reader.h"
#include "protocol/amqp10/codec/descriptors.h"

#include <tuple>
#include <utility>

namespace tern::amqp10 {
namespace {

constexpr int kDescriptorsMax = 8;
constexpr std::uint8_t kSmallUlong = 0x53;

template <class T>
std::uint64_t extend(T value) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
}

Item scalar(Kind kind, std::uint64_t number) {
    return {.kind = kind, .number = number, .bytes = {}, .count = 0};
}

Item variable(Kind kind, Bytes bytes) {
    return {.kind = kind, .number = 0, .bytes = bytes, .count = 0};
}

Item compound(Kind kind, Bytes encoded, ByteReader& outer, bool wide) {
    ByteReader in(encoded);
    const std::uint32_t count = wide ? in.u32() : in.u8();
    if (in.failed()) outer.fail();
    return {.kind = kind, .number = 0, .bytes = in.take(in.remaining()), .count = count};
}

/// The value behind constructor `code`, which is no descriptor.
Item read_primitive(std::uint8_t code, ByteReader& in) {
    switch (code) {
        case 0x40:
            return {};
        case 0x41:
            return scalar(Kind::boolean, 1);
        case 0x42:
            return scalar(Kind::boolean, 0);
        case 0x43:
            return scalar(Kind::uint_value, 0);
        case 0x44:
            return scalar(Kind::ulong_value, 0);
        case 0x45:
            return variable(Kind::list, {});
        case 0x50:
            return scalar(Kind::ubyte_value, in.u8());
        case 0x51:
            return scalar(Kind::byte_value, extend(in.i8()));
        case 0x52:
            return scalar(Kind::uint_value, in.u8());
        case kSmallUlong:
            return scalar(Kind::ulong_value, in.u8());
        case 0x54:
            return scalar(Kind::int_value, extend(in.i8()));
        case 0x55:
            return scalar(Kind::long_value, extend(in.i8()));
        case 0x56:
            return scalar(Kind::boolean, in.u8() != 0 ? 1 : 0);
        case 0x60:
            return scalar(Kind::ushort_value, in.u16());
        case 0x61:
            return scalar(Kind::short_value, extend(in.i16()));
        case 0x70:
            return scalar(Kind::uint_value, in.u32());
        case 0x71:
            return scalar(Kind::int_value, extend(in.i32()));
        case 0x72:
            return scalar(Kind::float_value, in.u32());
        case 0x73:
            return scalar(Kind::character, in.u32());
        case 0x74:
            return variable(Kind::decimal32, in.take(4));
        case 0x80:
            return scalar(Kind::ulong_value, in.u64());
        case 0x81:
            return scalar(Kind::long_value, in.u64());
        case 0x82:
            return scalar(Kind::double_value, in.u64());
        case 0x83:
            return scalar(Kind::timestamp, in.u64());
        case 0x84:
            return variable(Kind::decimal64, in.take(8));
        case 0x94:
            return variable(Kind::decimal128, in.take(16));
        case 0x98:
            return variable(Kind::uuid, in.take(16));
        case 0xa0:
            return variable(Kind::binary, in.take(in.u8()));
        case 0xa1:
            return variable(Kind::string, in.take(in.u8()));
        case 0xa3:
            return variable(Kind::symbol, in.take(in.u8()));
        case 0xb0:
            return variable(Kind::binary, in.take(in.u32()));
        case 0xb1:
            return variable(Kind::string, in.take(in.u32()));
        case 0xb3:
            return variable(Kind::symbol, in.take(in.u32()));
        case 0xc0:
            return compound(Kind::list, in.take(in.u8()), in, false);
        case 0xc1:
            return compound(Kind::map, in.take(in.u8()), in, false);
        case 0xd0:
            return compound(Kind::list, in.take(in.u32()), in, true);
        case 0xd1:
            return compound(Kind::map, in.take(in.u32()), in, true);
        case 0xe0:
            return compound(Kind::array, in.take(in.u8()), in, false);
        case 0xf0:
            return compound(Kind::array, in.take(in.u32()), in, true);
        default:
            in.fail();
            return {};
    }
}

std::optional<Described> described_by(const Item& descriptor, const Item& value) {
    const auto code = code_of(descriptor);
    if (!code) return {};
    return Described{*code, descriptor.text(), value};
}

std::optional<std::vector<Item>> list_elements(const Item& list) {
    ItemReader in(list.bytes);
    std::vector<Item> all;
    for (std::uint32_t i = 0; i < list.count && !in.at_end(); ++i) all.push_back(in.next());
    if (!in.done() || all.size() != list.count) return {};
    return all;
}

}  // namespace

std::optional<std::int64_t> Item::integer() const {
    switch (kind) {
        case Kind::ulong_value:
            if (number > static_cast<std::uint64_t>(INT64_MAX)) return {};
            [[fallthrough]];
        case Kind::ubyte_value:
        case Kind::ushort_value:
        case Kind::uint_value:
        case Kind::byte_value:
        case Kind::short_value:
        case Kind::int_value:
        case Kind::long_value:
        case Kind::timestamp:
            return static_cast<std::int64_t>(number);
        default:
            return {};
    }
}

void ItemReader::fail() {
    failed_ = true;
    at_ = bytes_.size();
}

Item ItemReader::next() {
    if (at_end()) {
        fail();
        return {};
    }
    const std::uint8_t code = bytes_[at_];
    if (code == 0) return next_with_descriptor();
    ByteReader in(bytes_.subspan(at_ + 1));
    Item item = read_primitive(code, in);
    if (in.failed()) {
        fail();
        return {};
    }
    at_ = bytes_.size() - in.remaining();
    return item;
}

Item ItemReader::next_with_descriptor() {
    ByteReader in(bytes_.subspan(at_));
    std::uint8_t code = in.u8();
    // Descriptors are values, too: a chain of them is walked, not recursed into.
    int values = 1;
    int described = 0;
    while (values > 0 && !in.failed()) {
        if (code == 0) {
            if (++described > kDescriptorsMax) in.fail();
            ++values;
            code = in.u8();
            continue;
        }
        std::ignore = read_primitive(code, in);
        if (--values > 0) code = in.u8();
    }
    if (in.failed()) {
        fail();
        return {};
    }
    const std::size_t from = std::exchange(at_, bytes_.size() - in.remaining());
    return variable(Kind::described, bytes_.subspan(from + 1, at_ - from - 1));
}

std::optional<Described> ItemReader::next_described() {
    if (at_end() || bytes_[at_] != 0) {
        fail();
        return {};
    }
    ++at_;
    if (bytes_.size() - at_ > 2 && bytes_[at_] == kSmallUlong) {  // as everybody writes them
        const std::uint8_t code = bytes_[at_ + 1];
        at_ += 2;
        const Item value = next();
        return failed_ ? std::nullopt : std::optional(Described{code, {}, value});
    }
    const Item descriptor = next();
    const Item value = next();
    auto described = described_by(descriptor, value);
    if (!described) fail();
    return failed_ ? std::nullopt : described;
}

Bytes ItemReader::next_encoded() {
    const std::size_t from = at_;
    std::ignore = next();
    return failed_ ? Bytes() : bytes_.subspan(from, at_ - from);
}

std::optional<std::uint64_t> code_of(const Item& descriptor) {
    if (descriptor.kind == Kind::ulong_value) return descriptor.number;
    if (descriptor.kind != Kind::symbol) return {};
    return descriptor_code(descriptor.text());
}

std::optional<Described> describe(const Item& item) {
    if (item.kind != Kind::described) return {};
    ItemReader in(item.bytes);
    const Item descriptor = in.next();
    const Item value = in.next();
    return in.done() ? described_by(descriptor, value) : std::nullopt;
}

std::optional<Described> single_described(Bytes bytes) {
    ItemReader in(bytes);
    auto described = in.next_described();
    return in.done() ? described : std::nullopt;
}

Item single(Bytes bytes) {
    if (bytes.empty()) return {};
    ItemReader in(bytes);
    const Item item = in.next();
    return in.done() ? item : Item{};
}

std::optional<std::vector<Item>> elements(const Item& array) {
    ByteReader in(array.bytes);
    const std::uint8_t code = in.u8();
    std::vector<Item> all;
    // Elements without bytes of their own (true, zero, …) would let a small array name millions.
    if (in.failed() || code == 0 || array.count > in.remaining()) {
        return array.count == 0 ? std::optional(all) : std::nullopt;
    }
    all.reserve(array.count);
    for (std::uint32_t i = 0; i < array.count; ++i) all.push_back(read_primitive(code, in));
    if (!in.done()) return {};
    return all;
}

std::optional<Symbols> symbols_of(const Item& item) {
    if (item.is_null()) return Symbols();
    if (item.kind == Kind::symbol) return Symbols{item.text()};
    // Some clients send a list where the specification wants an array.
    if (item.kind != Kind::array && item.kind != Kind::list) return {};
    const auto all = item.kind == Kind::array ? elements(item) : list_elements(item);
    if (!all) return {};
    Symbols symbols;
    symbols.reserve(all->size());
    for (const Item& one : *all) {
        if (one.kind != Kind::symbol) return {};
        symbols.push_back(one.text());
    }
    return symbols;
}

}  // namespace tern::amqp10
