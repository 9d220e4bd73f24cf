#include "protocol/openwire/codec/primitive_view.h"

#include "protocol/openwire/codec/errc.h"

#include <bit>

namespace tern::openwire {
namespace {

constexpr std::size_t kListEntryBytesMin = 1;
constexpr std::size_t kMapEntryBytesMin = 3;

/// Reads values out of a stranger's bytes; the first error stays.
class ValueReader {
public:
    ValueReader(Bytes bytes, const PrimitiveLimits& limits) : in_(bytes), limits_(limits) {}

    [[nodiscard]] Bytes rest(Bytes all) const { return all.last(in_.remaining()); }
    [[nodiscard]] std::error_code error() const {
        if (error_) return error_;
        return in_.failed() ? make_error_code(Errc::truncated) : std::error_code{};
    }

    /// The count in front of entries that take at least so many bytes each; 0 for a null map.
    std::size_t count(std::size_t entry_bytes_min) {
        const std::int32_t count = in_.i32();
        if (count <= 0) return 0;
        const auto entries = static_cast<std::size_t>(count);
        if (entries > limits_.entries_max) return fail(Errc::too_many_elements);
        if (entries > in_.remaining() / entry_bytes_min) return fail(Errc::truncated);
        return entries;
    }

    std::string_view key() { return as_text(take(in_.u16())); }

    /// `depth`: how many maps and lists are around the value.
    PrimitiveView value(int depth);

private:
    Bytes take(std::size_t size) {
        if (size > limits_.text_bytes_max) fail(Errc::too_long);
        return in_.take(size);
    }
    Bytes take_long() { return take(in_.u32()); }
    /// The bytes of a nested map or list.
    Bytes nested(PrimitiveType type, int depth);
    std::size_t fail(Errc code) {
        if (!error_) error_ = in_.failed() ? Errc::truncated : code;
        in_.fail();
        return 0;
    }

    ByteReader in_;
    const PrimitiveLimits& limits_;
    std::error_code error_;
};

PrimitiveView ValueReader::value(int depth) {
    const auto type = static_cast<PrimitiveType>(in_.u8());
    switch (type) {
        case PrimitiveType::null:
            return std::monostate{};
        case PrimitiveType::boolean:
            return in_.u8() != 0;
        case PrimitiveType::int8:
            return in_.i8();
        case PrimitiveType::character:
            return static_cast<char16_t>(in_.u16());
        case PrimitiveType::int16:
            return in_.i16();
        case PrimitiveType::int32:
            return in_.i32();
        case PrimitiveType::int64:
            return in_.i64();
        case PrimitiveType::float64:
            return std::bit_cast<double>(in_.u64());
        case PrimitiveType::float32:
            return std::bit_cast<float>(in_.u32());
        case PrimitiveType::text:
            return as_text(take(in_.u16()));
        case PrimitiveType::byte_array:
            return ByteArray(take_long());
        case PrimitiveType::map:
            return EncodedMap{nested(type, depth + 1)};
        case PrimitiveType::list:
            return EncodedList{nested(type, depth + 1)};
        case PrimitiveType::big_text:
            return as_text(take_long());
    }
    fail(Errc::bad_value);
    return std::monostate{};
}

Bytes ValueReader::nested(PrimitiveType type, int depth) {
    if (depth > limits_.depth_max) {
        fail(Errc::too_deep);
        return {};
    }
    // Where the end is, only a walk through all of it tells.
    const bool is_map = type == PrimitiveType::map;
    ByteReader start = in_;
    const std::size_t before = in_.remaining();
    const std::size_t entries = count(is_map ? kMapEntryBytesMin : kListEntryBytesMin);
    for (std::size_t i = 0; i < entries && !in_.failed(); ++i) {
        if (is_map) key();
        value(depth);
    }
    if (in_.failed()) return {};
    return start.take(before - in_.remaining());
}

}  // namespace

ListReader::ListReader(Bytes bytes, const PrimitiveLimits& limits)
    : ListReader(bytes, limits, kListEntryBytesMin) {}

ListReader::ListReader(Bytes bytes, const PrimitiveLimits& limits, std::size_t entry_bytes_min)
    : in_(bytes), limits_(limits) {
    ValueReader reader(in_, limits_);
    remaining_ = reader.count(entry_bytes_min);
    error_ = reader.error();
    in_ = reader.rest(in_);
}

ListReader ListReader::stream(Bytes bytes, const PrimitiveLimits& limits) {
    return {bytes, limits, Uncounted{}};
}

std::optional<PrimitiveView> ListReader::next() {
    auto entry = read(false);
    if (!entry) return std::nullopt;
    return entry->value;
}

std::optional<MapEntry> ListReader::read(bool with_key) {
    if (remaining_ == 0 || error_) return std::nullopt;
    ValueReader reader(in_, limits_);
    const std::string_view key = with_key ? reader.key() : std::string_view{};
    const PrimitiveView value = reader.value(1);
    error_ = reader.error();
    in_ = reader.rest(in_);
    remaining_ = counted_ ? remaining_ - 1 : in_.size();
    if (error_) return std::nullopt;
    return MapEntry{key, value};
}

MapReader::MapReader(Bytes bytes, const PrimitiveLimits& limits)
    : values_(bytes, limits, kMapEntryBytesMin) {}

std::optional<MapEntry> MapReader::next() {
    return values_.read(true);
}

Result<std::optional<PrimitiveView>> look_up(Bytes map, std::string_view key,
                                             const PrimitiveLimits& limits) {
    MapReader reader(map, limits);
    std::optional<PrimitiveView> found;
    while (const auto entry = reader.next()) {
        if (entry->key == key) found = entry->value;
    }
    if (reader.error()) return failure(reader.error());
    return found;
}

std::optional<PrimitiveView> find_property(Bytes map, std::string_view key,
                                           const PrimitiveLimits& limits) {
    return look_up(map, key, limits).value_or(std::nullopt);
}

}  // namespace tern::openwire
