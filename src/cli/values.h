#pragma once

#include "client/value.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tern::cli {

// Values as people write them. Nothing when they make no sense.

/// `1000`, `10k`, `50m`, `1g`: bytes, with powers of 1024.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

/// `500ms`, `5s`, `2m`, `1h`; a bare number is seconds and may have a fraction.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// `name=text` or `name:type=value` with bool, byte, short, int, long, float, double or string.
[[nodiscard]] std::optional<std::pair<std::string, client::Value>> parse_property(
    std::string_view text);

}  // namespace tern::cli
