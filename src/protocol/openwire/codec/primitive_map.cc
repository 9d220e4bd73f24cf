#include "protocol/openwire/codec/primitive_map.h"

#include "protocol/openwire/codec/errc.h"
#include "protocol/openwire/codec/modified_utf8.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <ranges>

namespace tern::openwire {
namespace {

/// From so many UTF-16 units on Java writes a big text.
constexpr std::size_t kBigTextUnits = 8191;
constexpr std::size_t kKeyBytesMax = 65535;
/// Room for so many values is made ahead: how many a stream has is not known before its end.
constexpr std::size_t kReservedMax = 64;

Result<PrimitiveMap> map_of(MapReader reader, const PrimitiveLimits& limits);
Result<PrimitiveList> list_of(ListReader reader, const PrimitiveLimits& limits);

PrimitiveLimits one_level_less(PrimitiveLimits limits) {
    --limits.depth_max;
    return limits;
}

template <class Tree>
Result<PrimitiveValue> wrap(Result<Tree> tree) {
    if (!tree) return failure(tree.error());
    return PrimitiveValue{std::move(*tree)};
}

Result<PrimitiveValue> value_of(const PrimitiveView& view, const PrimitiveLimits& limits) {
    return std::visit(
        [&limits]<class T>(const T& value) -> Result<PrimitiveValue> {
            if constexpr (std::is_same_v<T, EncodedMap>) {
                const auto nested = one_level_less(limits);
                return wrap(map_of(MapReader(value, nested), nested));
            } else if constexpr (std::is_same_v<T, EncodedList>) {
                const auto nested = one_level_less(limits);
                return wrap(list_of(ListReader(value, nested), nested));
            } else {
                return PrimitiveValue{value};
            }
        },
        view);
}

Result<PrimitiveMap> map_of(MapReader reader, const PrimitiveLimits& limits) {
    PrimitiveMap map;
    map.entries.reserve(reader.remaining());
    while (const auto entry = reader.next()) {
        auto value = value_of(entry->value, limits);
        if (!value) return failure(value.error());
        map.entries.push_back({entry->key, std::move(*value)});
    }
    if (reader.error()) return failure(reader.error());
    if (!reader.rest().empty()) return failure(Errc::trailing_bytes);
    return map;
}

Result<PrimitiveList> list_of(ListReader reader, const PrimitiveLimits& limits) {
    PrimitiveList list;
    list.values.reserve(std::min(reader.remaining(), kReservedMax));
    while (const auto entry = reader.next()) {
        auto value = value_of(*entry, limits);
        if (!value) return failure(value.error());
        list.values.push_back(std::move(*value));
        if (list.values.size() > limits.entries_max) return failure(Errc::too_many_elements);
    }
    if (reader.error()) return failure(reader.error());
    return list;
}

/// Appends values; what does not fit the encoding is remembered.
class ValueWriter {
public:
    explicit ValueWriter(ByteWriter& out) : out_(out) {}

    [[nodiscard]] bool failed() const { return failed_; }

    void write(const PrimitiveMap& map) {
        write_count(map.entries.size());
        for (const auto& [key, value] : map.entries) {
            if (key.size() > kKeyBytesMax) failed_ = true;
            write_short(key.substr(0, kKeyBytesMax));
            write(value);
        }
    }
    void write(const PrimitiveValue& value) {
        std::visit([this](const auto& alternative) { this->write_tagged(alternative); },
                   value.value);
    }

private:
    void type(PrimitiveType type) { out_.u8(static_cast<std::uint8_t>(type)); }
    void write_count(std::size_t count) {
        if (count > kCountMax) failed_ = true;
        out_.u32(static_cast<std::uint32_t>(count));
    }
    void write_short(std::string_view text) {
        out_.u16(static_cast<std::uint16_t>(text.size()));
        out_.append(text);
    }

    void write_tagged(std::monostate) { type(PrimitiveType::null); }
    void write_tagged(bool value) {
        type(PrimitiveType::boolean);
        out_.u8(value ? 1 : 0);
    }
    void write_tagged(std::int8_t value) {
        type(PrimitiveType::int8);
        out_.i8(value);
    }
    void write_tagged(char16_t value) {
        type(PrimitiveType::character);
        out_.u16(value);
    }
    void write_tagged(std::int16_t value) {
        type(PrimitiveType::int16);
        out_.i16(value);
    }
    void write_tagged(std::int32_t value) {
        type(PrimitiveType::int32);
        out_.i32(value);
    }
    void write_tagged(std::int64_t value) {
        type(PrimitiveType::int64);
        out_.i64(value);
    }
    void write_tagged(double value) {
        type(PrimitiveType::float64);
        out_.u64(std::bit_cast<std::uint64_t>(value));
    }
    void write_tagged(float value) {
        type(PrimitiveType::float32);
        out_.u32(std::bit_cast<std::uint32_t>(value));
    }
    void write_tagged(std::string_view text) {
        // Text that is no modified UTF-8 may have few characters in many bytes.
        if (utf16_length(text) < kBigTextUnits && text.size() <= kKeyBytesMax) {
            type(PrimitiveType::text);
            write_short(text);
        } else {
            type(PrimitiveType::big_text);
            write_count(text.size());
            out_.append(text);
        }
    }
    void write_tagged(const ByteArray& bytes) {
        if (bytes.is_null()) return type(PrimitiveType::null);
        type(PrimitiveType::byte_array);
        write_count(bytes.view().size());
        out_.append(bytes.view());
    }
    void write_tagged(const PrimitiveMap& map) {
        type(PrimitiveType::map);
        write(map);
    }
    void write_tagged(const PrimitiveList& list) {
        type(PrimitiveType::list);
        write_count(list.values.size());
        for (const PrimitiveValue& value : list.values) write(value);
    }

    static constexpr std::size_t kCountMax = std::numeric_limits<std::int32_t>::max();

    ByteWriter& out_;
    bool failed_ = false;
};

template <class T>
Result<void> encode(const T& tree, ByteWriter& out) {
    const std::size_t start = out.size();
    ValueWriter writer(out);
    writer.write(tree);
    if (!writer.failed()) return {};
    out.truncate(start);
    return failure(Errc::too_long);
}

}  // namespace

const PrimitiveValue* PrimitiveMap::find(std::string_view key) const {
    for (const auto& [name, value] : std::views::reverse(entries)) {
        if (name == key) return &value;
    }
    return nullptr;
}

void PrimitiveMap::put(std::string_view key, PrimitiveValue value) {
    const auto same = [key](const auto& entry) { return entry.key == key; };
    const auto found = std::ranges::find_if(entries, same);
    if (found != entries.end()) {
        found->value = std::move(value);
    } else {
        entries.push_back({key, std::move(value)});
    }
}

bool PrimitiveMap::operator==(const PrimitiveMap& other) const = default;
bool PrimitiveList::operator==(const PrimitiveList& other) const = default;

Result<PrimitiveMap> decode_map(Bytes bytes, const PrimitiveLimits& limits) {
    return map_of(MapReader(bytes, limits), limits);
}

Result<PrimitiveList> decode_stream(Bytes bytes, const PrimitiveLimits& limits) {
    return list_of(ListReader::stream(bytes, limits), limits);
}

Result<void> encode_map(const PrimitiveMap& map, ByteWriter& out) {
    return encode(map, out);
}

Result<void> encode_value(const PrimitiveValue& value, ByteWriter& out) {
    return encode(value, out);
}

}  // namespace tern::openwire
