#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace tern::stomp {

/// Nothing, unless all of the text is a number of that type.
template <class T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return {};
    return value;
}

}  // namespace tern::stomp
