#pragma once

#include "bytes/buffer.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tern::broker {

/// X/Open's id of a branch of a distributed transaction. Views what it was made of.
struct Xid {
    std::int32_t format = 0;
    Bytes global = {};
    Bytes qualifier = {};
};

/// The broker's name for the branch; none when one of its ids is longer than an XID has room for.
[[nodiscard]] std::optional<std::string> branch_name(const Xid& xid);
/// None when the name is none that `branch_name` makes. Views `name`.
[[nodiscard]] std::optional<Xid> parse_branch_name(std::string_view name);

/// For people, as ActiveMQ writes it: `XID:[7,globalId=01ab,branchId=02]`. A name that is no XID's
/// is written in hexadecimal.
[[nodiscard]] std::string branch_text(std::string_view name);
/// The name that `branch_text` has written so.
[[nodiscard]] std::optional<std::string> parse_branch_text(std::string_view text);

}  // namespace tern::broker
