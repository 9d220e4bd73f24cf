#pragma once

#include "broker/selector/program.h"

#include <string>

namespace tern::selector {

/// The program as a selector again: one blank around operators, keywords in capitals, no bracket
/// that is not needed, the prefixes of its dialect in front.
[[nodiscard]] std::string print(const Program& program);

}  // namespace tern::selector
