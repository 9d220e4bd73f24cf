#pragma once

#include "base/result.h"
#include "bytes/byte_reader.h"
#include "protocol/openwire/codec/nullable.h"

#include <optional>
#include <variant>

namespace tern::openwire {

/// The type byte of a primitive value. OpenWire reference, 5.1.
enum class PrimitiveType : std::uint8_t {
    null = 0,
    boolean = 1,
    int8 = 2,
    character = 3,
    int16 = 4,
    int32 = 5,
    int64 = 6,
    float64 = 7,
    float32 = 8,
    text = 9,
    byte_array = 10,
    map = 11,
    list = 12,
    big_text = 13,
};

/// What a reader of primitive values accepts.
struct PrimitiveLimits {
    /// Maps and lists within each other, the outermost included.
    int depth_max = 16;
    /// Entries of one map or list.
    std::size_t entries_max = 65535;
    /// Bytes of one text, key or byte array.
    std::size_t text_bytes_max = std::size_t{100} * 1024 * 1024;
};

/// A nested map or list, still encoded: for MapReader or ListReader.
struct EncodedMap {
    Bytes bytes;
};
struct EncodedList {
    Bytes bytes;
};

/// A value where it stands in the encoded bytes. Texts are modified UTF-8.
using PrimitiveView =
    std::variant<std::monostate, bool, std::int8_t, char16_t, std::int16_t, std::int32_t,
                 std::int64_t, double, float, std::string_view, ByteArray, EncodedMap, EncodedList>;

struct MapEntry {
    std::string_view key;
    PrimitiveView value;
};

/// Reads the values of an encoded list one after the other, without building a tree. A null list
/// has none. Once something was wrong it gives nothing more.
/// Errors: truncated; bad_value; too_deep; too_long; too_many_elements.
class ListReader {
public:
    explicit ListReader(Bytes bytes, const PrimitiveLimits& limits = {});
    explicit ListReader(EncodedList list, const PrimitiveLimits& limits = {})
        : ListReader(list.bytes, limits) {}
    /// Values without a count in front, to the end of the bytes: a stream message's content.
    [[nodiscard]] static ListReader stream(Bytes bytes, const PrimitiveLimits& limits = {});

    /// The next value, or nothing at the end and after an error.
    [[nodiscard]] std::optional<PrimitiveView> next();

    /// The entries that are still to come, if nothing goes wrong.
    [[nodiscard]] std::size_t remaining() const { return remaining_; }
    [[nodiscard]] std::error_code error() const { return error_; }
    /// The bytes behind the last entry read.
    [[nodiscard]] Bytes rest() const { return in_; }

private:
    friend class MapReader;
    struct Uncounted {};
    ListReader(Bytes bytes, const PrimitiveLimits& limits, Uncounted)
        : in_(bytes), limits_(limits), remaining_(bytes.size()), counted_(false) {}
    ListReader(Bytes bytes, const PrimitiveLimits& limits, std::size_t entry_bytes_min);
    std::optional<MapEntry> read(bool with_key);

    Bytes in_;
    PrimitiveLimits limits_;
    std::size_t remaining_ = 0;  ///< at most, if they are not counted
    bool counted_ = true;
    std::error_code error_;
};

/// The same for a map.
class MapReader {
public:
    explicit MapReader(Bytes bytes, const PrimitiveLimits& limits = {});
    explicit MapReader(EncodedMap map, const PrimitiveLimits& limits = {})
        : MapReader(map.bytes, limits) {}

    [[nodiscard]] std::optional<MapEntry> next();

    [[nodiscard]] std::size_t remaining() const { return values_.remaining(); }
    [[nodiscard]] std::error_code error() const { return values_.error(); }
    [[nodiscard]] Bytes rest() const { return values_.rest(); }

private:
    ListReader values_;
};

/// The value of `key` in an encoded map, the last one if there are several; nothing when the map
/// does not have it, or is null. Allocates nothing. Errors: those of MapReader.
[[nodiscard]] Result<std::optional<PrimitiveView>> look_up(Bytes map, std::string_view key,
                                                           const PrimitiveLimits& limits = {});
/// The same; nothing when the map is broken, too.
[[nodiscard]] std::optional<PrimitiveView> find_property(Bytes map, std::string_view key,
                                                         const PrimitiveLimits& limits = {});

}  // namespace tern::openwire
