#pragma once

#include "broker/api/operations.h"

#include <vector>

namespace tern::engine {

/// Where a queue stands in the order of a list: what is asked for of many, of whom few are shown.
struct QueueRank {
    std::uint64_t number = 0;  ///< what is sorted by, unless that is the name
    const broker::QueueInfo* info = nullptr;
};

[[nodiscard]] std::uint64_t number_of(const broker::QueueCounts& counts,
                                      const broker::QueueTotals& totals,
                                      broker::QueueQuery::Sort sort);
[[nodiscard]] bool comes_before(const QueueRank& a, const QueueRank& b,
                                const broker::QueueQuery& query);
/// How many rows the query's offset and limit reach, of so many.
[[nodiscard]] std::size_t rows_reached(std::size_t rows, const broker::QueueQuery& query);

/// What comes first in the order that `query` asks for: as many rows as its offset and limit reach.
[[nodiscard]] std::vector<broker::QueueStatus> first_rows(std::vector<broker::QueueStatus> rows,
                                                          const broker::QueueQuery& query);

}  // namespace tern::engine
