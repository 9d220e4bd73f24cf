#pragma once

#include <expected>
#include <system_error>
#include <type_traits>

namespace tern {

/// A value, or the reason why there is none. The codes come from the module's own `Errc`.
template <class T>
using Result = std::expected<T, std::error_code>;

/// The unexpected half, from any registered `Errc`: `return failure(Errc::truncated);`
template <class E>
    requires std::is_error_code_enum_v<E>
[[nodiscard]] std::unexpected<std::error_code> failure(E code) {
    return std::unexpected(make_error_code(code));
}

[[nodiscard]] inline std::unexpected<std::error_code> failure(std::error_code code) {
    return std::unexpected(code);
}

}  // namespace tern
