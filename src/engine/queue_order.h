#pragma once

#include "broker/api/operations.h"

#include <vector>

namespace tern::engine {

/// What comes first in the order that `query` asks for: as many rows as its offset and limit reach.
[[nodiscard]] std::vector<broker::QueueStatus> first_rows(std::vector<broker::QueueStatus> rows,
                                                          const broker::QueueQuery& query);

}  // namespace tern::engine
