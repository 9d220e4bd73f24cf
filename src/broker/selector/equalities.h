#pragma once

#include "broker/selector/program.h"

#include <vector>

namespace tern::selector {

/// Every `identifier = literal` that the whole is a conjunction of, in order. They view `program`.
[[nodiscard]] std::vector<Equality> find_equalities(const Program& program);

}  // namespace tern::selector
