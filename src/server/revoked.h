#pragma once

#include "broker/api/operations.h"
#include "config/model.h"
#include "engine/shard_broker.h"
#include "security/audit.h"
#include "security/identity.h"
#include "server/options.h"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
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
    /// Those whose logins are over.
    void add_over(const std::vector<security::IdentityPtr>& over) {
        over_.insert(over.begin(), over.end());
    }
    /// Those who have been connected for so long.
    void add_expired(const ConnectionExpiry& expiry) { expiry_ = expiry; }

    /// A connection as it is looked at here.
    struct Who {
        std::string_view user;
        std::string_view protocol;
        std::string_view listener;
        security::IdentityPtr identity = nullptr;
        std::int64_t connected_at_ms = 0;
    };

    [[nodiscard]] bool empty() const {
        return everywhere_.empty() && of_vhosts_.empty() && over_.empty() && expiry_.after_s == 0;
    }
    [[nodiscard]] bool concerns(const Who& connection) const;

private:
    [[nodiscard]] bool is_expired(const Who& connection) const;

    std::int64_t at_ms_;
    std::set<std::string, std::less<>> everywhere_;
    std::set<std::string, std::less<>> of_vhosts_;
    std::set<security::IdentityPtr> over_;
    ConnectionExpiry expiry_;
};

/// Ends their connections but for those that are `ended` already. Runs on: the shard.
void end_connections(engine::ShardBroker& shard, const Revoked& users, security::Audit& audit,
                     std::set<broker::ConnectionNumber>& ended);

}  // namespace tern::server
