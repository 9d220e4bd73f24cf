#pragma once

#include "base/result.h"

namespace tern::message {

enum class Errc {
    malformed = 1,    ///< the stored bytes do not form a message
    unknown_version,  ///< written by a version of ours that came later
    unknown_format,   ///< no room of this broker reads it
    no_body,          ///< the file with its body is gone
};

[[nodiscard]] const std::error_category& category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(Errc code) noexcept {
    return {static_cast<int>(code), category()};
}

}  // namespace tern::message

template <>
struct std::is_error_code_enum<tern::message::Errc> : std::true_type {};
