#include "server/doorman.h"

#include "bytes/base64.h"

#include <fmt/format.h>

#include <algorithm>

namespace tern::server {
namespace {

using admin::Role;

constexpr std::string_view kCookie = "tern-visit=";

admin::Response refusal(int status, std::string_view code, std::string_view text) {
    return {.status = status,
            .body = fmt::format(R"({{"error":{{"code":"{}","text":"{}"}}}})"
                                "\n",
                                code, text)};
}

admin::Response ask_for_password() {
    auto response = refusal(401, "login_needed", "a user name and a password are needed");
    response.headers = {{"WWW-Authenticate", R"(Basic realm="TernMQ", charset="UTF-8")"}};
    return response;
}

/// What HTTP's Basic says; nothing: it is another scheme, or malformed.
std::optional<security::Credentials> credentials(const admin::Request& request) {
    constexpr std::string_view kBasic = "Basic ";
    if (!request.authorization.starts_with(kBasic)) return {};
    std::string both;
    if (!decode_base64(std::string_view(request.authorization).substr(kBasic.size()), both)) {
        return {};
    }
    const std::size_t colon = both.find(':');
    if (colon == std::string::npos) return {};
    security::Credentials shown{.address = request.peer, .protocol = "http"};
    shown.user = both.substr(0, colon);
    shown.password = security::Secret(std::string_view(both).substr(colon + 1));
    return shown;
}

std::string_view cookie_of(std::string_view cookies) {
    const std::size_t begin = cookies.find(kCookie);
    if (begin == std::string_view::npos) return {};
    const std::string_view value = cookies.substr(begin + kCookie.size());
    return value.substr(0, value.find(';'));
}

}  // namespace

Doorman::Doorman(std::shared_ptr<security::Gatekeeper> gatekeeper,
                 std::shared_ptr<security::Audit> audit, OperatorGroups groups, Post post,
                 std::function<std::int64_t()> now_ms)
    : gatekeeper_(std::move(gatekeeper)),
      audit_(std::move(audit)),
      groups_(std::move(groups)),
      post_(std::move(post)),
      now_ms_(std::move(now_ms)) {}

void Doorman::handle(admin::Request request, admin::Respond respond, const Next& next) {
    if (gatekeeper_ == nullptr || needed_role(request) == Role::nobody) {
        respond = noted(nullptr, request, std::move(respond));
        return next(std::move(request), std::move(respond));
    }
    if (const auto known = find_visit(request)) {
        return pass(known, std::move(request), std::move(respond), next);
    }
    auto shown = credentials(request);
    if (!shown) return respond(ask_for_password());
    struct Waiting {
        admin::Request request;
        admin::Respond respond;
        Next next;
    };
    const auto waiting = std::make_shared<Waiting>(std::move(request), std::move(respond), next);
    gatekeeper_->admit(std::move(*shown), [this, waiting](security::Verdict verdict) {
        post_([this, waiting, verdict = std::move(verdict)] {
            if (!verdict) return waiting->respond(ask_for_password());
            const std::string visit = begin_visit(*verdict);
            pass(
                *verdict, std::move(waiting->request),
                [respond = std::move(waiting->respond), visit](admin::Response response) mutable {
                    response.headers.emplace_back(
                        "Set-Cookie",
                        fmt::format("{}{}; Path=/; HttpOnly; SameSite=Strict", kCookie, visit));
                    respond(std::move(response));
                },
                waiting->next);
        });
    });
}

void Doorman::pass(const security::IdentityPtr& who, admin::Request request, admin::Respond respond,
                   const Next& next) {
    const bool allowed = role_of(*who) >= needed_role(request);
    respond = noted(who, request, std::move(respond));
    if (allowed) return next(std::move(request), std::move(respond));
    respond(refusal(403, "not_allowed", "none of the user's groups may do that"));
}

Role Doorman::role_of(const security::Identity& who) const {
    const auto is_in = [&who](const std::vector<std::string>& groups) {
        return std::ranges::any_of(groups,
                                   [&who](const std::string& group) { return who.is_in(group); });
    };
    if (is_in(groups_.admin)) return Role::admin;
    if (is_in(groups_.operate)) return Role::operate;
    return is_in(groups_.view) ? Role::view : Role::nobody;
}

security::IdentityPtr Doorman::find_visit(const admin::Request& request) {
    const auto found = visits_.find(std::string(cookie_of(request.cookie)));
    if (found == visits_.end()) return nullptr;
    if (found->second.until_ms < now_ms_()) {
        visits_.erase(found);
        return nullptr;
    }
    return found->second.identity;
}

std::string Doorman::begin_visit(security::IdentityPtr identity) {
    const std::int64_t now_ms = now_ms_();
    if (visits_.size() >= kVisitsMax) {
        std::erase_if(visits_, [now_ms](const auto& one) { return one.second.until_ms < now_ms; });
        if (visits_.size() >= kVisitsMax) visits_.clear();
    }
    const std::uint64_t first = random_.next();
    const std::uint64_t second = random_.next();
    std::string name = fmt::format("{:016x}{:016x}", first, second);
    visits_[name] = {std::move(identity), now_ms + kVisitMs};
    return name;
}

admin::Respond Doorman::noted(const security::IdentityPtr& who, const admin::Request& request,
                              admin::Respond respond) {
    if (audit_ == nullptr || needed_role(request) < Role::operate) return respond;
    security::AuditEvent event{.what = request.method,
                               .user = who == nullptr ? "" : who->user(),
                               .address = request.peer,
                               .by = "http",
                               .target = request.target};
    return [audit = audit_, event = std::move(event),
            respond = std::move(respond)](admin::Response response) mutable {
        event.allowed = response.status < 400;
        if (!event.allowed) event.reason = std::to_string(response.status);
        audit->note(std::move(event));
        respond(std::move(response));
    };
}

}  // namespace tern::server
