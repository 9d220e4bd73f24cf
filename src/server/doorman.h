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

/// Lets operators pass by their user names and passwords (HTTP's Basic, or the console's form), as
/// far as their groups allow, and has it written down what they change. Who has shown a password
/// gets a cookie that spares asking again, for as long as it is used.
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
    /// Cookies are worth nothing any more.
    void forget_visits();
    /// Those of these, whose logins are over.
    void forget_visits(const std::vector<security::IdentityPtr>& of);
    /// Whether the sender of a request has shown who they are; its body does not count.
    void vouch(const admin::Request& request, std::move_only_function<void(bool)> answer);

private:
    static constexpr std::size_t kVisitsMax = 1000;
    /// A visit ends when it was not used for so long, and in any case some time after it began.
    static constexpr std::int64_t kIdleMs = std::int64_t{30} * 60 * 1000;
    static constexpr std::int64_t kVisitMs = std::int64_t{12} * 60 * 60 * 1000;

    /// Somebody who has shown who they are.
    struct Visit {
        security::IdentityPtr identity;
        std::int64_t used_ms = 0;
        std::int64_t until_ms = 0;
    };
    using Visits = std::unordered_map<std::string, Visit>;

    /// Log in, log out, and who is logged in.
    void serve_session(const admin::Request& request, admin::Respond respond);
    /// Asks the realm; `answer` runs on this thread.
    void admit(security::Credentials shown,
               std::move_only_function<void(security::Verdict)> answer);

    void pass(const security::IdentityPtr& who, admin::Request request, admin::Respond respond,
              const Next& next);
    [[nodiscard]] admin::Role role_of(const security::Identity& who) const;
    [[nodiscard]] bool is_over(const Visit& visit) const;
    /// The one that the request's cookie names, which is used by that; the end: there is none.
    [[nodiscard]] Visits::iterator find_visit(const admin::Request& request);
    /// A visit's cookie.
    [[nodiscard]] std::string begin_visit(security::IdentityPtr identity);
    [[nodiscard]] admin::Response session_of(const security::Identity& who) const;
    /// `respond`, for streams of events that end when the visit is forgotten.
    [[nodiscard]] admin::Respond for_visit_of(security::IdentityPtr who, admin::Respond respond);
    [[nodiscard]] bool is_forgotten(const security::IdentityPtr& who) const;
    /// `respond`, with a note of what became of it.
    [[nodiscard]] admin::Respond noted(const security::IdentityPtr& who,
                                       const admin::Request& request, admin::Respond respond);

    std::shared_ptr<security::Gatekeeper> gatekeeper_;
    std::shared_ptr<security::Audit> audit_;
    const OperatorGroups groups_;
    Post post_;
    std::function<std::int64_t()> now_ms_;
    SystemRandom random_;
    Visits visits_;
    std::uint64_t forgotten_ = 0;  ///< how often all were
    /// Who was forgotten besides, as far as anybody still holds them.
    std::vector<std::weak_ptr<const security::Identity>> over_;
};

}  // namespace tern::server
