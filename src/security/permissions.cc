#include "security/permissions.h"

#include <re2/re2.h>

namespace tern::security {
namespace {

std::unique_ptr<const re2::RE2> compile(const std::string& text) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    return std::make_unique<const re2::RE2>(text.empty() ? "^$" : text, options);
}

std::string replaced(std::string text, std::string_view variable, std::string_view value) {
    // A name in which an expression stands is a name all the same.
    const std::string plain = re2::RE2::QuoteMeta({value.data(), value.size()});
    for (std::size_t at = 0; (at = text.find(variable, at)) != std::string::npos;) {
        text.replace(at, variable.size(), plain);
        at += plain.size();
    }
    return text;
}

bool matches(const re2::RE2& expression, std::string_view text) {
    return re2::RE2::PartialMatch({text.data(), text.size()}, expression);
}

}  // namespace

DefinedPermissions::DefinedPermissions() = default;
DefinedPermissions::DefinedPermissions(DefinedPermissions&&) noexcept = default;
DefinedPermissions& DefinedPermissions::operator=(DefinedPermissions&&) noexcept = default;
DefinedPermissions::~DefinedPermissions() = default;

const re2::RE2& DefinedPermissions::Expressions::of(Right right) const {
    switch (right) {
        case Right::read:
            return *read;
        case Right::write:
            return *write;
        case Right::admin:
            break;
    }
    return *configure;
}

std::expected<DefinedPermissions, std::string> DefinedPermissions::make(
    std::vector<std::string> vhosts, const std::vector<Entry>& entries,
    const std::vector<TopicEntry>& topics, std::set<std::string, std::less<>> impersonators) {
    DefinedPermissions made;
    made.vhosts_ = std::move(vhosts);
    made.impersonators_ = std::move(impersonators);
    std::string problem;
    const auto expression = [&problem](const std::string& text, const std::string& user) {
        auto compiled = compile(text);
        if (!compiled->ok() && problem.empty()) {
            problem = "the permissions of " + user + ": '" + text + "': " + compiled->error();
        }
        return compiled;
    };
    for (const Entry& one : entries) {
        made.entries_[{one.user, one.vhost}] = {.configure = expression(one.configure, one.user),
                                                .write = expression(one.write, one.user),
                                                .read = expression(one.read, one.user)};
    }
    for (const TopicEntry& one : topics) {
        const auto for_keys = [&](const std::string& text) {
            return expression(
                replaced(replaced(text, "{username}", one.user), "{vhost}", one.vhost), one.user);
        };
        made.topics_[{one.user, one.vhost, one.exchange}] = {
            .configure = nullptr, .write = for_keys(one.write), .read = for_keys(one.read)};
    }
    if (!problem.empty()) return std::unexpected(std::move(problem));
    return made;
}

bool DefinedPermissions::may_enter(std::string_view user, std::string_view vhost) const {
    return entries_.contains({std::string(user), std::string(vhost)});
}

bool DefinedPermissions::allow(std::string_view user, Right right, std::string_view vhost,
                               std::string_view resource) const {
    const auto found = entries_.find({std::string(user), std::string(vhost)});
    if (found == entries_.end()) return false;
    return matches(found->second.of(right), resource.empty() ? kDefaultExchange : resource);
}

bool DefinedPermissions::allow_key(std::string_view user, Right right, std::string_view vhost,
                                   std::string_view exchange, std::string_view key) const {
    const auto found = topics_.find({std::string(user), std::string(vhost), std::string(exchange)});
    return found == topics_.end() || matches(found->second.of(right), key);
}

}  // namespace tern::security
