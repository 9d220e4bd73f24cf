#pragma once

#include "bytes/buffer.h"

#include <optional>
#include <string_view>
#include <vector>

namespace tern::stomp {

enum class Version : std::uint8_t { v1_0, v1_1, v1_2 };

[[nodiscard]] std::string_view to_text(Version version);

struct Header {
    std::string_view name;
    std::string_view value;

    bool operator==(const Header&) const = default;
};

/// A frame, as views into bytes of somebody else.
struct Frame {
    std::string_view command;
    std::vector<Header> headers;  ///< in their order, repeated ones included
    Bytes body;

    /// The first header of that name: the others do not count (STOMP 1.2, Repeated Header Entries).
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    /// The same, or empty.
    [[nodiscard]] std::string_view get(std::string_view name) const {
        return find(name).value_or(std::string_view());
    }
};

}  // namespace tern::stomp
