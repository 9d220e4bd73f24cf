#pragma once

#include "admin/json.h"
#include "broker/api/branch.h"

#include <string_view>

namespace tern::admin {

/// `prepared`, or how an operator has ended it: `committed`, `rolled_back`.
[[nodiscard]] std::string_view to_text(broker::BranchStatus::State state);
[[nodiscard]] json::object branch_json(const broker::BranchStatus& branch);
/// As ActiveMQ's view of a recovered transaction.
[[nodiscard]] json::object branch_attributes(const broker::BranchStatus& branch);

}  // namespace tern::admin
