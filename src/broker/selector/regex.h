#pragma once

#include "broker/selector/value.h"

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace tern::selector {

/// A regular expression of Java, as far as it can be matched in linear time: what needs
/// backtracking (back references, look-around, possessive quantifiers) is refused, and so is what
/// would mean something else here (nested and intersected character classes).
/// "$" matches at the very end only, "." everything but a line feed.
class Regex {
public:
    /// The error says what is wrong with `pattern`.
    [[nodiscard]] static std::expected<Regex, std::string> compile(std::string_view pattern);

    Regex(Regex&&) noexcept;
    Regex& operator=(Regex&&) noexcept;
    ~Regex();

    /// Matcher.find.
    [[nodiscard]] bool finds(std::string_view text) const;

    /// String.replaceAll, with "$1", "${name}" and "\" in `replacement`. None when that refers to a
    /// group there is not, or when the result would have more than `size_max` bytes.
    [[nodiscard]] std::optional<std::string> replace_all(std::string_view text,
                                                         std::string_view replacement,
                                                         std::size_t size_max) const;

    /// String.split: parts are views of `text`. None when there are more than `parts_max`.
    [[nodiscard]] std::optional<std::vector<Value>> split(std::string_view text, std::int32_t limit,
                                                          std::size_t parts_max) const;

private:
    explicit Regex(std::unique_ptr<re2::RE2> compiled);

    std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace tern::selector
