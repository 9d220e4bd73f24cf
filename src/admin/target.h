#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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

/// What a table of routes has for a request.
template <class Route>
struct Routed {
    const Route* route = nullptr;  ///< null: there is none of this path and method
    std::vector<std::string> arguments = {};
    std::string allowed = {};  ///< the methods of the path, if it has others only, by commas
};

/// The first route of the request's path and method; who asks for the head is led as for the whole.
template <class Route>
[[nodiscard]] Routed<Route> find_route(std::span<const Route> table, std::string_view method,
                                       const Target& target) {
    if (method == "HEAD") method = "GET";
    Routed<Route> found;
    for (const Route& one : table) {
        auto arguments = match(one.path, target);
        if (!arguments) continue;
        if (one.method == method) return {.route = &one, .arguments = std::move(*arguments)};
        found.allowed.append(found.allowed.empty() ? "" : ", ").append(one.method);
    }
    return found;
}

/// The way back, of a path's segment or a parameter.
[[nodiscard]] std::string escape(std::string_view text);
[[nodiscard]] std::string to_text(const Target& target);

/// A whole number without sign.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace tern::admin
