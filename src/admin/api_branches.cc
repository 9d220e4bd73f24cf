#include "admin/api.h"
#include "admin/branches.h"
#include "broker/api/xid.h"

// Branches of distributed transactions.

namespace tern::admin {

void Api::list_branches(const CallPtr& call) {
    broker_.list_branches([call](const std::vector<broker::BranchStatus>& all) {
        json::array items;
        for (const broker::BranchStatus& one : all) items.push_back(branch_json(one));
        call->reply(200, json::object{{"total", all.size()}, {"items", std::move(items)}});
    });
}

void Api::commit_branch(const CallPtr& call) {
    decide_branch(call, broker::BranchEnd::commit);
}

void Api::roll_back_branch(const CallPtr& call) {
    decide_branch(call, broker::BranchEnd::rollback);
}

void Api::forget_branch(const CallPtr& call) {
    decide_branch(call, broker::BranchEnd::forget);
}

void Api::decide_branch(const CallPtr& call, broker::BranchEnd end) {
    const std::string& xid = call->arguments.front();
    auto name = broker::parse_branch_text(xid);
    if (!name) return call->fail(404, "no_such_transaction", "'" + xid + "' is no XID");
    broker_.decide_branch(std::move(*name), end, [call](std::error_code error) {
        if (error) return call->fail(error);
        call->reply(200, json::object{{"xid", json_text(call->arguments.front())}});
    });
}

}  // namespace tern::admin
