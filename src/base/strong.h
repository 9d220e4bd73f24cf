#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace tern {

/// A number with a meaning: two of them mix only if they mean the same. `Tag` names the meaning.
template <class Tag, class Rep = std::uint64_t>
struct Strong {
    Rep value{};

    constexpr Strong() = default;
    constexpr explicit Strong(Rep v) : value(v) {}

    constexpr auto operator<=>(const Strong&) const = default;
    constexpr explicit operator bool() const { return value != Rep{}; }

    constexpr Strong& operator++() {
        ++value;
        return *this;
    }
};

}  // namespace tern

template <class Tag, class Rep>
struct std::hash<tern::Strong<Tag, Rep>> {
    std::size_t operator()(tern::Strong<Tag, Rep> id) const noexcept {
        // Sequential numbers must not fill neighbouring buckets only: Fibonacci hashing.
        return static_cast<std::size_t>(id.value) * 0x9E3779B97F4A7C15ULL;
    }
};
