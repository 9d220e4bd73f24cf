#include "admin/jolokia_execution.h"

// The operations of ActiveMQ's views of transactions that are in doubt.

namespace tern::admin {

void Jolokia::decide_branch(const ExecutionPtr& call) {
    auto end = broker::BranchEnd::forget;
    if (call->operation == "heuristicCommit") end = broker::BranchEnd::commit;
    if (call->operation == "heuristicRollback") end = broker::BranchEnd::rollback;
    broker_.decide_branch(call->branch, end, Execution::finish(call));
}

}  // namespace tern::admin
