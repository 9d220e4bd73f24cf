#pragma once

#include <optional>
#include <string>
#include <string_view>

// NOLINTNEXTLINE(readability-identifier-naming): CLI11's name
namespace CLI {
class App;
}

namespace tern::cli {

/// What makes a shell complete the names of commands and options. `shell`: bash, zsh or fish.
[[nodiscard]] std::string completion(const CLI::App& app, std::string_view shell);

}  // namespace tern::cli
