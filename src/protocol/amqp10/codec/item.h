#pragma once

#include "bytes/byte_reader.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tern::amqp10 {

/// The types of AMQP 1.0, part 1. All encodings of one type are one kind.
enum class Kind : std::uint8_t {
    null,
    boolean,
    ubyte_value,
    ushort_value,
    uint_value,
    ulong_value,
    byte_value,
    short_value,
    int_value,
    long_value,
    float_value,
    double_value,
    decimal32,
    decimal64,
    decimal128,
    character,
    timestamp,
    uuid,
    binary,
    string,
    symbol,
    list,
    map,
    array,
    described,
};

/// One decoded value: a view into the bytes it was read from.
struct Item {
    Kind kind = Kind::null;
    /// The value of a boolean, integer, character or timestamp, signed ones sign-extended; the bits
    /// of a float or double.
    std::uint64_t number = 0;
    /// The bytes of a decimal, uuid, binary, string or symbol; the elements of a list or map; the
    /// elements of an array with their constructor before them; descriptor and value of a
    /// described.
    Bytes bytes{};
    /// Elements of a list, map (keys and values) or array.
    std::uint32_t count = 0;

    [[nodiscard]] bool is_null() const { return kind == Kind::null; }
    [[nodiscard]] bool is_text() const { return kind == Kind::string || kind == Kind::symbol; }
    [[nodiscard]] std::string_view text() const { return as_text(bytes); }
    /// Any integer or timestamp that fits.
    [[nodiscard]] std::optional<std::int64_t> integer() const;
};

/// A described value taken apart. A symbolic descriptor of the specification's own types is turned
/// into its number; others keep number 0.
struct Described {
    std::uint64_t code = 0;
    std::string_view symbol{};
    Item value{};
};

/// Reads values one after the other. Once failed it stays failed and gives nulls.
class ItemReader {
public:
    explicit ItemReader(Bytes bytes) : bytes_(bytes) {}

    [[nodiscard]] Item next();
    /// The next value if it is null, a boolean or a uint, as most fields are; otherwise nothing is
    /// read.
    [[nodiscard]] bool next_simple(Kind& kind, std::uint32_t& number);
    /// The next value, if it is a described one; otherwise it fails.
    [[nodiscard]] std::optional<Described> next_described();
    /// The next value's encoding, with its constructor.
    [[nodiscard]] Bytes next_encoded();

    [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] bool done() const { return !failed_ && at_end(); }
    [[nodiscard]] Bytes rest() const { return bytes_.subspan(at_); }
    void fail();

private:
    [[nodiscard]] Item next_with_descriptor();

    Bytes bytes_{};
    std::size_t at_ = 0;
    bool failed_ = false;
};

inline bool ItemReader::next_simple(Kind& kind, std::uint32_t& number) {
    const std::size_t left = bytes_.size() - at_;
    if (left == 0) return false;
    const std::uint8_t* const at = bytes_.data() + at_;
    std::size_t size = 1;
    kind = Kind::uint_value;
    switch (*at) {
        case 0x40:
            kind = Kind::null;
            break;
        case 0x41:
        case 0x42:
            kind = Kind::boolean;
            number = *at == 0x41 ? 1 : 0;
            break;
        case 0x43:
            number = 0;
            break;
        case 0x52:
            size = 2;
            if (left < size) return false;
            number = at[1];
            break;
        case 0x70:
            size = 5;
            if (left < size) return false;
            number = load_big_endian<std::uint32_t>(at + 1);
            break;
        default:
            return false;
    }
    at_ += size;
    return true;
}

/// The number of a described value's descriptor, 0 when it is a name without one; nothing when that
/// is no descriptor.
[[nodiscard]] std::optional<std::uint64_t> code_of(const Item& descriptor);

/// Nothing when `item` is not a described value or is malformed.
[[nodiscard]] std::optional<Described> describe(const Item& item);

/// One value that fills `bytes`; null when there is none.
[[nodiscard]] Item single(Bytes bytes);
/// The same of a described one; nothing when there is none.
[[nodiscard]] std::optional<Described> single_described(Bytes bytes);

/// The elements of an array. Nothing when they are malformed or more than the bytes can hold.
[[nodiscard]] std::optional<std::vector<Item>> elements(const Item& array);

using Symbols = std::vector<std::string_view>;
/// What a field of "multiple" symbols holds: none, one, or an array of them.
[[nodiscard]] std::optional<Symbols> symbols_of(const Item& item);

}  // namespace tern::amqp10
