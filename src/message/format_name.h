#pragma once

#include "message/message.h"

#include <string_view>

namespace tern {

/// As in "openwire"; "unknown": none that there is.
[[nodiscard]] std::string_view name_of(Format format);

}  // namespace tern
