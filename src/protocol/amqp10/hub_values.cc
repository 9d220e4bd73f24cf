#include "protocol/amqp10/hub_values.h"

#include "bytes/utf8.h"
#include "protocol/amqp10/codec/sections.h"
#include "protocol/amqp10/codec/value_writer.h"
#include "protocol/amqp10/ids.h"

#include <bit>

namespace tern::amqp10 {
namespace {

using message::HubBytes;
using message::HubList;
using message::HubMap;
using message::HubValue;
using message::ScalarView;

constexpr int kDepthMax = 16;

std::string utf8_of(std::uint64_t code_point) {
    const auto c = static_cast<std::uint32_t>(code_point);
    const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    std::string text;
    append_utf8(text, surrogate || c > 0x10FFFF ? U'\uFFFD' : static_cast<char32_t>(c));
    return text;
}

}  // namespace

HubValue hub_value(const Item& item, int depth) {
    const auto number = static_cast<std::int64_t>(item.number);
    switch (item.kind) {
        case Kind::null:
            return {};
        case Kind::boolean:
            return {item.number != 0};
        case Kind::byte_value:
            return {static_cast<std::int8_t>(number)};
        case Kind::ubyte_value:
        case Kind::short_value:
            return {static_cast<std::int16_t>(number)};
        case Kind::ushort_value:
        case Kind::int_value:
            return {static_cast<std::int32_t>(number)};
        case Kind::uint_value:
        case Kind::long_value:
        case Kind::ulong_value:
        case Kind::timestamp:
            return {number};
        case Kind::float_value:
            return {std::bit_cast<float>(static_cast<std::uint32_t>(item.number))};
        case Kind::double_value:
            return {std::bit_cast<double>(item.number)};
        case Kind::character:
            if (item.number <= 0xFFFF) return {static_cast<char16_t>(item.number)};
            return {utf8_of(item.number)};
        case Kind::uuid:
            return {uuid_text(item.bytes)};
        case Kind::string:
        case Kind::symbol:
            return {std::string(item.text())};
        case Kind::binary:
        case Kind::decimal32:
        case Kind::decimal64:
        case Kind::decimal128:
            return {HubBytes{std::string(as_text(item.bytes))}};
        case Kind::list:
        case Kind::array:
            return {hub_list(item, depth + 1)};
        case Kind::map:
            return {hub_map(item, depth + 1)};
        case Kind::described: {
            const auto described = describe(item);
            if (!described || depth >= kDepthMax) return {};
            return hub_value(described->value, depth + 1);
        }
    }
    return {};
}

HubList hub_list(const Item& list, int depth) {
    HubList all;
    if (depth > kDepthMax) return all;
    if (list.kind == Kind::array) {
        for (const Item& item : elements(list).value_or(std::vector<Item>())) {
            all.values.push_back(hub_value(item, depth));
        }
        return all;
    }
    ItemReader in(list.bytes);
    for (std::uint32_t i = 0; i < list.count && !in.failed() && !in.at_end(); ++i) {
        all.values.push_back(hub_value(in.next(), depth));
    }
    return all;
}

HubMap hub_map(const Item& map, int depth) {
    HubMap all;
    if (depth > kDepthMax) return all;
    std::ignore = for_each_entry(map, [&](const Item& key, const Item& value) {
        if (key.is_text()) {
            all.put(key.text(), hub_value(value, depth));
        } else if (const auto number = key.integer()) {
            all.put(std::to_string(*number), hub_value(value, depth));
        }
        return true;
    });
    return all;
}

ScalarView scalar_of(const Item& item, std::string& scratch) {
    const auto number = static_cast<std::int64_t>(item.number);
    switch (item.kind) {
        case Kind::null:
            return {};
        case Kind::boolean:
            return item.number != 0;
        case Kind::byte_value:
            return static_cast<std::int8_t>(number);
        case Kind::ubyte_value:
        case Kind::short_value:
            return static_cast<std::int16_t>(number);
        case Kind::ushort_value:
        case Kind::int_value:
            return static_cast<std::int32_t>(number);
        case Kind::uint_value:
        case Kind::long_value:
        case Kind::ulong_value:
        case Kind::timestamp:
            return number;
        case Kind::float_value:
            return std::bit_cast<float>(static_cast<std::uint32_t>(item.number));
        case Kind::double_value:
            return std::bit_cast<double>(item.number);
        case Kind::string:
        case Kind::symbol:
            return item.text();
        case Kind::character:
            scratch = utf8_of(item.number);
            return std::string_view(scratch);
        case Kind::uuid:
            scratch = uuid_text(item.bytes);
            return std::string_view(scratch);
        default:
            return message::OpaqueValue{};
    }
}

void put_value(ByteWriter& out, const HubValue& value) {
    std::visit(
        [&](const auto& v) {
            using T = std::decay_t<decltype(v)>;
            if constexpr (std::is_same_v<T, std::monostate>) {
                put_null(out);
            } else if constexpr (std::is_same_v<T, bool>) {
                put_boolean(out, v);
            } else if constexpr (std::is_same_v<T, std::int8_t>) {
                put_byte(out, v);
            } else if constexpr (std::is_same_v<T, std::int16_t>) {
                put_short(out, v);
            } else if constexpr (std::is_same_v<T, char16_t>) {
                put_char(out, v);
            } else if constexpr (std::is_same_v<T, std::int32_t>) {
                put_int(out, v);
            } else if constexpr (std::is_same_v<T, std::int64_t>) {
                put_long(out, v);
            } else if constexpr (std::is_same_v<T, float>) {
                put_float(out, v);
            } else if constexpr (std::is_same_v<T, double>) {
                put_double(out, v);
            } else if constexpr (std::is_same_v<T, std::string>) {
                put_string(out, v);
            } else if constexpr (std::is_same_v<T, HubBytes>) {
                put_binary(out, as_bytes(v.bytes));
            } else if constexpr (std::is_same_v<T, HubList>) {
                put_list(out, v);
            } else {
                put_map(out, v);
            }
        },
        value.value);
}

void put_map(ByteWriter& out, const HubMap& map) {
    Compound entries(out, Compound::Type::map);
    for (const auto& [key, value] : map.entries) {
        put_string(out, key);
        put_value(out, value);
    }
    entries.end(static_cast<std::uint32_t>(map.entries.size() * 2));
}

void put_list(ByteWriter& out, const HubList& list) {
    Compound values(out, Compound::Type::list);
    for (const HubValue& value : list.values) put_value(out, value);
    values.end(static_cast<std::uint32_t>(list.values.size()));
}

}  // namespace tern::amqp10
