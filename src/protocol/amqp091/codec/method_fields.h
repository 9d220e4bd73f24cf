#pragma once

#include "bytes/buffer.h"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <string_view>

namespace tern::amqp091 {

/// Class and method number. Each method is a struct with `kId` and `fields`, which hands its
/// arguments to a visitor in the order of the wire: decoder and encoder are made from that.
struct MethodId {
    std::uint16_t class_id = 0;
    std::uint16_t method_id = 0;

    auto operator<=>(const MethodId&) const = default;
};

/// At most 255 octets.
struct ShortText {
    std::string_view text;

    ShortText() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): a method's arguments are given as plain texts.
    ShortText(std::string_view t) : text(t) {}
    // NOLINTNEXTLINE(google-explicit-constructor): as above.
    ShortText(const char* t) : text(t) {}
    // NOLINTNEXTLINE(google-explicit-constructor): as above.
    ShortText(const std::string& t) : text(t) {}
    bool operator==(const ShortText&) const = default;
};

struct LongText {
    std::string_view text;

    bool operator==(const LongText&) const = default;
};

/// The entries of a table that was checked, without the length in front.
struct TableView {
    Bytes entries;

    bool operator==(const TableView& other) const {
        return std::ranges::equal(entries, other.entries);
    }
};

}  // namespace tern::amqp091
