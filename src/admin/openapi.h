#pragma once

#include <string_view>

namespace tern::admin {

/// The file `openapi.json`, which describes every route of the API.
[[nodiscard]] std::string_view openapi();

}  // namespace tern::admin
