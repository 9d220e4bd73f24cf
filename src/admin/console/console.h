#pragma once

#include "admin/assets.h"

namespace tern::admin {

/// The web console: empty in builds that have none.
[[nodiscard]] Assets console();

}  // namespace tern::admin
