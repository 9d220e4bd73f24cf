#pragma once

#include "base/result.h"
#include "bytes/byte_reader.h"
#include "bytes/byte_writer.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tern::amqp091 {

struct FieldValue;
struct FieldEntry;

struct Decimal {
    std::uint8_t scale = 0;
    std::uint32_t value = 0;

    bool operator==(const Decimal&) const = default;
};

/// Seconds since 1970.
struct Timestamp {
    std::uint64_t seconds = 0;

    bool operator==(const Timestamp&) const = default;
};

/// Octets that are not called a text ('x').
struct BinaryValue {
    std::string bytes;

    bool operator==(const BinaryValue&) const = default;
};

struct FieldArray {
    std::vector<FieldValue> values;

    bool operator==(const FieldArray&) const;
};

/// A field table: entries in the order they came in. A key may stand there twice; the first counts.
struct FieldTable {
    std::vector<FieldEntry> entries;

    /// Null when there is no such key.
    [[nodiscard]] const FieldValue* find(std::string_view key) const;
    [[nodiscard]] FieldValue* find(std::string_view key);
    /// Adds the entry, or replaces the one of that key.
    void put(std::string_view key, FieldValue value);
    /// True when there was one.
    bool remove(std::string_view key);
    [[nodiscard]] bool empty() const { return entries.empty(); }
    bool operator==(const FieldTable&) const;
};

/// A value of a table: RabbitMQ's types, which are not those of the specification
/// (https://www.rabbitmq.com/amqp-0-9-1-errata, 3). A text is any octets, usually UTF-8.
struct FieldValue {
    std::variant<std::monostate, bool, std::int8_t, std::uint8_t, std::int16_t, std::uint16_t,
                 std::int32_t, std::uint32_t, std::int64_t, float, double, Decimal, std::string,
                 BinaryValue, Timestamp, FieldArray, FieldTable>
        value;

    bool operator==(const FieldValue&) const = default;

    /// The text, or null.
    [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&value); }
    [[nodiscard]] const FieldTable* table() const { return std::get_if<FieldTable>(&value); }
    /// Any whole number.
    [[nodiscard]] std::optional<std::int64_t> integer() const;
};

/// A pair in all but name: a pair of a type that is still incomplete cannot be stored in a vector.
struct FieldEntry {
    std::string first;
    FieldValue second;

    FieldEntry(std::string_view key, FieldValue value) : first(key), second(std::move(value)) {}
    bool operator==(const FieldEntry&) const = default;
};

/// How deep tables and arrays may lie in each other.
constexpr int kTableDepthMax = 32;

/// Checks the entries of a table without keeping anything of them. A table that passes decodes.
[[nodiscard]] Result<void> check_table(Bytes entries);
/// The entries of a table, without the length in front of them.
[[nodiscard]] Result<FieldTable> decode_table(Bytes entries);
/// Appends the table with its length in front.
void encode_table(ByteWriter& out, const FieldTable& table);
/// Appends the entries alone.
void encode_entries(ByteWriter& out, const FieldTable& table);

/// The value of `key` in checked entries, without looking into the others: its type octet and its
/// octets (behind their length, if it has one). Type 0: there is none.
struct RawField {
    std::uint8_t type = 0;
    Bytes bytes;
};
[[nodiscard]] RawField find_raw(Bytes entries, std::string_view key);

}  // namespace tern::amqp091
