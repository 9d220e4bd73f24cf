#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>

namespace tern::realms {

/// Something that lies at a URL.
struct FetchOptions {
    std::string url;               ///< one for which `may_be_fetched`
    std::string authorities = {};  ///< a PEM file to verify the server by; empty: the system's
    std::chrono::milliseconds timeout{5000};  ///< for all of it
    std::size_t bytes_max = std::size_t{1} << 20;
};

/// Whether it is `https://…`, or `http://` of this machine, and holds no password.
[[nodiscard]] bool may_be_fetched(std::string_view url);

/// Gets it, or says why not. Asks that server and no other: where it is sent elsewhere it does not
/// go. Blocks for as long as the time limit.
[[nodiscard]] std::expected<std::string, std::string> fetch(const FetchOptions& options);

}  // namespace tern::realms
