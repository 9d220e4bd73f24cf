#include "admin/branches.h"

#include "broker/api/xid.h"

namespace tern::admin {

std::string_view to_text(broker::BranchStatus::State state) {
    switch (state) {
        case broker::BranchStatus::State::prepared:
            return "prepared";
        case broker::BranchStatus::State::committed:
            return "committed";
        case broker::BranchStatus::State::rolled_back:
            break;
    }
    return "rolled_back";
}

json::object branch_json(const broker::BranchStatus& branch) {
    return {{"xid", broker::branch_text(branch.name)},
            {"state", to_text(branch.state)},
            {"publishes", branch.publishes},
            {"accepts", branch.accepts}};
}

json::object branch_attributes(const broker::BranchStatus& branch) {
    const auto bytes = [](Bytes id) {
        json::array all;
        for (const std::uint8_t byte : id) all.push_back(static_cast<std::int8_t>(byte));
        return all;
    };
    const auto xid = broker::parse_branch_name(branch.name);
    return {{"FormatId", xid ? xid->format : 0},
            {"GlobalTransactionId", bytes(xid ? xid->global : Bytes())},
            {"BranchQualifier", bytes(xid ? xid->qualifier : Bytes())},
            {"State", to_text(branch.state)}};
}

}  // namespace tern::admin
