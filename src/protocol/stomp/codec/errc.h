#pragma once

#include "base/result.h"

namespace tern::stomp {

/// What is wrong with bytes that should be frames. The texts are what clients get to read.
enum class Errc {
    command_too_long = 1,
    header_too_long,
    too_many_headers,
    body_too_long,
    frame_too_long,
    bad_content_length,
    no_trailing_null,
    bad_heart_beat,
    no_common_version,
};

[[nodiscard]] const std::error_category& category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(Errc code) noexcept {
    return {static_cast<int>(code), category()};
}

}  // namespace tern::stomp

template <>
struct std::is_error_code_enum<tern::stomp::Errc> : std::true_type {};
