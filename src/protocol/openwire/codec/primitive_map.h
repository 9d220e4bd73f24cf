#pragma once

#include "base/result.h"
#include "bytes/byte_writer.h"
#include "protocol/openwire/codec/primitive_view.h"

#include <string_view>
#include <vector>

namespace tern::openwire {

struct PrimitiveValue;
struct PrimitiveEntry;

/// Entries in wire order; the order means nothing, and of equal keys the last counts.
struct PrimitiveMap {
    std::vector<PrimitiveEntry> entries;

    /// Null when there is no such key.
    [[nodiscard]] const PrimitiveValue* find(std::string_view key) const;
    void put(std::string_view key, PrimitiveValue value);
    bool operator==(const PrimitiveMap&) const;
};

struct PrimitiveList {
    std::vector<PrimitiveValue> values;

    bool operator==(const PrimitiveList&) const;
};

/// A value of a map or a list. OpenWire reference, 5.1. Texts (modified UTF-8) and bytes are views;
/// a null ByteArray is written as null.
struct PrimitiveValue {
    std::variant<std::monostate, bool, std::int8_t, char16_t, std::int16_t, std::int32_t,
                 std::int64_t, double, float, std::string_view, ByteArray, PrimitiveMap,
                 PrimitiveList>
        value;

    bool operator==(const PrimitiveValue&) const = default;
};

struct PrimitiveEntry {
    std::string_view key;
    PrimitiveValue value;

    bool operator==(const PrimitiveEntry&) const = default;
};

/// The whole tree of an encoded map; a null map gives an empty one. The views hold as long as
/// `bytes`. Errors: those of MapReader, and trailing_bytes.
[[nodiscard]] Result<PrimitiveMap> decode_map(Bytes bytes, const PrimitiveLimits& limits = {});

/// The same for a stream message's content: values one after the other, to the end.
/// Errors: those of ListReader; too_many_elements.
[[nodiscard]] Result<PrimitiveList> decode_stream(Bytes bytes, const PrimitiveLimits& limits = {});

/// Appends the encoded map. Errors, with `out` as before: too_long (a key of more than 65535 bytes,
/// or anything else of more than 2^31 - 1).
[[nodiscard]] Result<void> encode_map(const PrimitiveMap& map, ByteWriter& out);

/// Appends the type byte and the data of one value; errors are the same.
[[nodiscard]] Result<void> encode_value(const PrimitiveValue& value, ByteWriter& out);

}  // namespace tern::openwire
