#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace tern {

/// Lets an unordered map with `std::string` keys be asked with a `string_view`, without a copy.
struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};

}  // namespace tern
