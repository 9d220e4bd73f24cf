#pragma once

#include <span>
#include <string_view>

namespace tern::admin {

/// A file that is served as it is.
struct Asset {
    std::string_view path;
    std::string_view type;
    std::string_view content;
};

using Assets = std::span<const Asset>;

}  // namespace tern::admin
