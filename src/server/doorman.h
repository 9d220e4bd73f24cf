#pragma once

#include "admin/http_message.h"
#include "admin/roles.h"
#include "runtime/loop.h"
#include "runtime/system_random.h"
#include "security/audit.h"
#include "security/gatekeeper.h"
#include "server/operator_groups.h"

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace tern::server {

/// Lets operators pass by their user names and passwords (HTTP's Basic), as far as their groups
/// allow, and has it written down what they change. Who has shown a password gets a cookie that
/// spares asking again, for a while.
///
/// Runs on: the HTTP server's thread.
class Doorman {
public:
    using Next = std::function<void(admin::Request, admin::Respond)>;
    /// Runs a task on the HTTP server's thread; from any thread.
    using Post = std::function<void(Task)>;

    /// `gatekeeper` null: everybody may do everything. `audit` may be null. `now_ms` only grows.
    Doorman(std::shared_ptr<security::Gatekeeper> gatekeeper,
            std::shared_ptr<security::Audit> audit, OperatorGroups groups, Post post,
            std::function<std::int64_t()> now_ms);

    void handle(admin::Request request, admin::Respond respond, const Next& next);

private:
    static constexpr std::size_t kVisitsMax = 1000;
    static constexpr std::int64_t kVisitMs = std::int64_t{30} * 60 * 1000;

    /// Somebody who has shown who they are.
    struct Visit {
        security::IdentityPtr identity;
        std::int64_t until_ms = 0;
    };

    void pass(const security::IdentityPtr& who, admin::Request request, admin::Respond respond,
              const Next& next);
    [[nodiscard]] admin::Role role_of(const security::Identity& who) const;
    [[nodiscard]] security::IdentityPtr find_visit(const admin::Request& request);
    [[nodiscard]] std::string begin_visit(security::IdentityPtr identity);
    /// `respond`, with a note of what became of it.
    [[nodiscard]] admin::Respond noted(const security::IdentityPtr& who,
                                       const admin::Request& request, admin::Respond respond);

    std::shared_ptr<security::Gatekeeper> gatekeeper_;
    std::shared_ptr<security::Audit> audit_;
    const OperatorGroups groups_;
    Post post_;
    std::function<std::int64_t()> now_ms_;
    SystemRandom random_;
    std::unordered_map<std::string, Visit> visits_;
};

}  // namespace tern::server
