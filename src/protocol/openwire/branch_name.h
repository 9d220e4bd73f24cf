#pragma once

#include "protocol/openwire/codec/identifiers.h"

#include <optional>
#include <string>
#include <string_view>

namespace tern::openwire {

/// The broker's name for the branch of a distributed transaction; none when one of its ids is
/// longer than X/Open's XID has room for.
[[nodiscard]] std::optional<std::string> branch_name(const XaTransactionId& id);
/// None when the name is none that `branch_name` makes. Views `name`.
[[nodiscard]] std::optional<XaTransactionId> parse_branch_name(std::string_view name);

}  // namespace tern::openwire
