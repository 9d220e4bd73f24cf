#pragma once

#include "broker/api/operations.h"
#include "config/model.h"
#include "engine/shard_broker.h"
#include "security/audit.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tern::server {

/// Users who are not any more what they were: who is connected as one of them has to log in anew.
class Revoked {
public:
    /// `at_ms`: since 1970, when others were asked for. Who connected later has been asked for
    /// anew.
    explicit Revoked(std::int64_t at_ms) : at_ms_(at_ms) {}

    /// Whom the first document names and the second does not, or not in the same way.
    void add_changed(const config::Plugins& before, const config::Plugins& now);
    /// Users of virtual hosts, by their names.
    void add_removed(const std::vector<std::string>& before, const std::vector<std::string>& now);

    [[nodiscard]] bool empty() const { return everywhere_.empty() && of_vhosts_.empty(); }
    [[nodiscard]] bool concerns(const broker::ConnectionStatus& connection) const;

private:
    std::int64_t at_ms_;
    std::set<std::string> everywhere_;
    std::set<std::string> of_vhosts_;
};

/// Ends their connections but for those that are `ended` already. Runs on: the shard.
void end_connections(engine::ShardBroker& shard, const Revoked& users, security::Audit& audit,
                     std::set<broker::ConnectionNumber>& ended);

}  // namespace tern::server
