#include "protocol/openwire/branch_name.h"

#include "broker/api/xid.h"

namespace tern::openwire {

std::optional<std::string> branch_name(const XaTransactionId& id) {
    return broker::branch_name({.format = id.format_id,
                                .global = id.global_transaction_id.view(),
                                .qualifier = id.branch_qualifier.view()});
}

std::optional<XaTransactionId> parse_branch_name(std::string_view name) {
    const auto xid = broker::parse_branch_name(name);
    if (!xid) return std::nullopt;
    XaTransactionId id;
    id.format_id = xid->format;
    id.global_transaction_id = xid->global;
    id.branch_qualifier = xid->qualifier;
    return id;
}

}  // namespace tern::openwire
