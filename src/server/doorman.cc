#include "server/doorman.h"

#include "admin/json.h"
#include "server/http_audit.h"
#include "server/http_login.h"

#include <fmt/format.h>

#include <algorithm>

namespace tern::server {
namespace {

using admin::Role;

/// Over TLS it has another name, whose beginning browsers understand: it is not sent in the open,
/// and one that was got in the open does not come in its place.
std::string_view cookie_name(bool encrypted) {
    return encrypted ? "__Host-tern-visit=" : "tern-visit=";
}

admin::Response refusal(int status, std::string_view code, std::string_view text) {
    return {.status = status,
            .body = fmt::format(R"({{"error":{{"code":"{}","text":"{}"}}}})"
                                "\n",
                                code, text)};
}

/// A browser that is told of Basic asks for a password itself, even for a page that does so
/// already. What listens to events cannot say that it is such a page.
admin::Response ask_for_password(const admin::Request& request) {
    auto response = refusal(401, "login_needed", "a user name and a password are needed");
    const bool by_page = request.from_script || admin::path_of(request) == "/api/v1/events";
    response.headers = {{"WWW-Authenticate", by_page ? R"(Session realm="TernMQ")"
                                                     : R"(Basic realm="TernMQ", charset="UTF-8")"}};
    return response;
}

/// What the console's form says; nothing: it is no such thing.
std::optional<security::Credentials> form_credentials(const admin::Request& request) {
    boost::system::error_code error;
    const admin::json::value form = admin::json::parse(request.body, error);
    const auto text_at = [&](const char* name) -> const admin::json::string* {
        const auto* const value =
            error || !form.is_object() ? nullptr : form.get_object().if_contains(name);
        return value == nullptr ? nullptr : value->if_string();
    };
    const auto* const user = text_at("user");
    const auto* const password = text_at("password");
    if (user == nullptr || password == nullptr) return {};
    security::Credentials shown{.address = request.peer, .protocol = "http"};
    shown.user = std::string(*user);
    shown.password = security::Secret(*password);
    return shown;
}

std::string_view visit_of(const admin::Request& request) {
    const std::string_view name = cookie_name(request.encrypted);
    std::string_view rest = request.cookie;
    while (!rest.empty()) {
        const std::string_view one = rest.substr(0, rest.find(';'));
        if (one.starts_with(name)) return one.substr(name.size());
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        while (rest.starts_with(' ')) rest.remove_prefix(1);
    }
    return {};
}

/// `visit` empty: forget it.
std::pair<std::string, std::string> cookie(std::string_view visit, bool encrypted) {
    return {"Set-Cookie",
            fmt::format("{}{}; Path=/; HttpOnly; SameSite=Strict{}{}", cookie_name(encrypted),
                        visit, encrypted ? "; Secure" : "", visit.empty() ? "; Max-Age=0" : "")};
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
    if (gatekeeper_ != nullptr && admin::path_of(request) == admin::kSessionPath) {
        return serve_session(request, std::move(respond));
    }
    if (gatekeeper_ == nullptr || needed_role(request) == Role::nobody) {
        respond = noted(nullptr, request, std::move(respond));
        return next(std::move(request), std::move(respond));
    }
    if (const auto known = find_visit(request); known != visits_.end()) {
        return pass(known->second.identity, std::move(request), std::move(respond), next);
    }
    auto shown = http_login(request);
    if (!shown) return respond(ask_for_password(request));
    admit(std::move(*shown), [this, next, request = std::move(request),
                              respond = std::move(respond)](security::Verdict verdict) mutable {
        if (!verdict) return respond(ask_for_password(request));
        auto with_cookie = [respond = std::move(respond), encrypted = request.encrypted,
                            visit = begin_visit(*verdict)](admin::Response response) mutable {
            response.headers.push_back(cookie(visit, encrypted));
            respond(std::move(response));
        };
        pass(*verdict, std::move(request), std::move(with_cookie), next);
    });
}

void Doorman::vouch(const admin::Request& request, std::move_only_function<void(bool)> answer) {
    if (gatekeeper_ == nullptr || find_visit(request) != visits_.end()) return answer(true);
    auto shown = http_login(request);
    if (!shown) return answer(false);
    admit(std::move(*shown),
          [answer = std::move(answer)](const security::Verdict& verdict) mutable {
              answer(verdict.has_value());
          });
}

void Doorman::admit(security::Credentials shown,
                    std::move_only_function<void(security::Verdict)> answer) {
    gatekeeper_->admit(
        std::move(shown), [this, answer = std::move(answer)](security::Verdict verdict) mutable {
            post_([answer = std::move(answer), verdict = std::move(verdict)]() mutable {
                answer(std::move(verdict));
            });
        });
}

void Doorman::serve_session(const admin::Request& request, admin::Respond respond) {
    const auto known = find_visit(request);
    if (request.method == "GET") {
        if (known != visits_.end()) return respond(session_of(*known->second.identity));
        return respond({.body = "{\"login_needed\":true}\n"});
    }
    if (request.method == "DELETE") {
        if (known != visits_.end()) visits_.erase(known);
        return respond(
            {.body = "{\"login_needed\":true}\n", .headers = {cookie("", request.encrypted)}});
    }
    if (request.method != "POST" || !request.content_type.starts_with("application/json")) {
        return respond(refusal(415, "wrong_type", "the body has to be application/json"));
    }
    auto shown = form_credentials(request);
    if (!shown) return respond(refusal(400, "malformed", "it takes a user and a password"));
    admit(std::move(*shown), [this, encrypted = request.encrypted,
                              respond = std::move(respond)](security::Verdict verdict) mutable {
        if (!verdict) return respond(refusal(401, "login_failed", "the login was refused"));
        admin::Response response = session_of(**verdict);
        response.headers.push_back(cookie(begin_visit(std::move(*verdict)), encrypted));
        respond(std::move(response));
    });
}

admin::Response Doorman::session_of(const security::Identity& who) const {
    const admin::json::object view{{"login_needed", false},
                                   {"user", admin::json_text(who.user())},
                                   {"role", admin::to_text(role_of(who))}};
    return {.body = admin::json::serialize(view) + "\n"};
}

void Doorman::pass(const security::IdentityPtr& who, admin::Request request, admin::Respond respond,
                   const Next& next) {
    const bool allowed = role_of(*who) >= needed_role(request);
    respond = noted(who, request, std::move(respond));
    if (allowed) return next(std::move(request), for_visit_of(who, std::move(respond)));
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

bool Doorman::is_over(const Visit& visit) const {
    const std::int64_t now_ms = now_ms_();
    return visit.until_ms < now_ms || visit.used_ms + kIdleMs < now_ms;
}

Doorman::Visits::iterator Doorman::find_visit(const admin::Request& request) {
    const auto found = visits_.find(std::string(visit_of(request)));
    if (found == visits_.end()) return found;
    if (is_over(found->second)) {
        visits_.erase(found);
        return visits_.end();
    }
    found->second.used_ms = now_ms_();
    return found;
}

std::string Doorman::begin_visit(security::IdentityPtr identity) {
    if (visits_.size() >= kVisitsMax) {
        std::erase_if(visits_, [this](const auto& one) { return is_over(one.second); });
    }
    if (visits_.size() >= kVisitsMax) {
        // Who keeps no cookies leaves a visit with each request: those are used once.
        visits_.erase(std::ranges::min_element(visits_, {},
                                               [](const auto& one) { return one.second.used_ms; }));
    }
    const std::uint64_t first = random_.next();
    const std::uint64_t second = random_.next();
    std::string name = fmt::format("{:016x}{:016x}", first, second);
    const std::int64_t now_ms = now_ms_();
    visits_[name] = {std::move(identity), now_ms, now_ms + kVisitMs};
    return name;
}

void Doorman::forget_visits() {
    visits_.clear();
    ++forgotten_;
}

void Doorman::forget_visits(const std::vector<security::IdentityPtr>& of) {
    std::erase_if(over_, [](const auto& one) { return one.expired(); });
    over_.insert(over_.end(), of.begin(), of.end());
    std::erase_if(visits_, [this](const auto& one) { return is_forgotten(one.second.identity); });
}

bool Doorman::is_forgotten(const security::IdentityPtr& who) const {
    return std::ranges::any_of(over_, [&who](const auto& one) { return one.lock() == who; });
}

admin::Respond Doorman::for_visit_of(security::IdentityPtr who, admin::Respond respond) {
    return [this, who = std::move(who), since = forgotten_,
            respond = std::move(respond)](admin::Response response) mutable {
        if (response.events) {
            response.events = [this, who, since, events = std::move(response.events)](auto next) {
                if (since != forgotten_ || is_forgotten(who)) return next("");
                events(std::move(next));
            };
        }
        respond(std::move(response));
    };
}

admin::Respond Doorman::noted(const security::IdentityPtr& who, const admin::Request& request,
                              admin::Respond respond) {
    if (audit_ == nullptr || needed_role(request) < Role::operate) return respond;
    return server::noted(audit_, "http", who == nullptr ? std::string() : std::string(who->user()),
                         request, std::move(respond));
}

}  // namespace tern::server
