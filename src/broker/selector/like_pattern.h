#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::selector {

/// The right side of LIKE: "_" is one character, "%" any number of them, everything else itself.
class LikePattern {
public:
    /// `escape`, one character, takes the meaning of "_", "%" and itself away; before any other
    /// character it means itself.
    LikePattern(std::string_view pattern, std::optional<std::string_view> escape);

    [[nodiscard]] bool matches(std::string_view text) const;

    [[nodiscard]] const std::string& pattern() const { return pattern_; }
    [[nodiscard]] const std::optional<std::string>& escape() const { return escape_; }

private:
    using Unit = std::uint16_t;  // a byte of text, or one of these
    static constexpr Unit kAnyOne = 0x100;
    static constexpr Unit kAnyRun = 0x101;

    std::string pattern_;
    std::optional<std::string> escape_;
    std::vector<Unit> units_;
};

}  // namespace tern::selector
