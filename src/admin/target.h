#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::admin {

/// What a request is about: `/api/queues/A%2FB?limit=5` is {"api", "queues", "A/B"} and {limit: 5}.
struct Target {
    static constexpr std::size_t kSegmentsMax = 64;
    static constexpr std::size_t kParametersMax = 64;

    std::vector<std::string> path;
    std::map<std::string, std::string, std::less<>> query;

    /// Empty when there is none.
    [[nodiscard]] std::string_view parameter(std::string_view name) const;
};

/// Nothing: malformed, or more than the limits allow.
[[nodiscard]] std::optional<Target> parse_target(std::string_view text);
/// The names in `path` that stand in braces, as in `/queues/{queue}`, take the request's segments;
/// nothing: no match.
[[nodiscard]] std::optional<std::vector<std::string>> match(std::string_view path,
                                                            const Target& target);
/// The way back, of a path's segment or a parameter.
[[nodiscard]] std::string escape(std::string_view text);
[[nodiscard]] std::string to_text(const Target& target);

/// A whole number without sign.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace tern::admin
