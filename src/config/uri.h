#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace tern::config {

struct UriOption {
    std::string name;
    std::string value;

    bool operator==(const UriOption&) const = default;
};

/// `SCHEME://HOST:PORT/PATH?NAME=VALUE&…`, or a composite `SCHEME:(URI,URI)?NAME=VALUE`.
struct Uri {
    std::string scheme;
    std::string host;        ///< without the brackets of an IPv6 address
    std::int32_t port = -1;  ///< -1: none
    std::string path;
    std::vector<Uri> parts;  ///< of a composite one
    std::vector<UriOption> options;

    /// The option's value, or null.
    [[nodiscard]] const std::string* option(std::string_view name) const;
    bool operator==(const Uri&) const = default;
};

/// Errors say what is wrong with the text.
[[nodiscard]] std::expected<Uri, std::string> parse_uri(std::string_view text);
[[nodiscard]] std::string to_text(const Uri& uri);

}  // namespace tern::config
