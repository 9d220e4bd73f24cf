#include "realms/ldap_realm.h"

#include "base/log.h"
#include "realms/directory.h"
#include "realms/vocabulary.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>

namespace tern::realms {
namespace {

/// More groups than that of one user are somebody's mistake.
constexpr std::size_t kGroupsMax = 10'000;

/// `{0}`, `{1}`… are the values.
std::string filled(std::string_view pattern, std::span<const std::string> values) {
    std::string out;
    while (!pattern.empty()) {
        const bool holds = pattern.size() > 2 && pattern[0] == '{' && pattern[2] == '}' &&
                           pattern[1] >= '0' && pattern[1] - '0' < std::ssize(values);
        if (holds) out += escaped_for_filter(values[static_cast<std::size_t>(pattern[1] - '0')]);
        if (!holds) out += pattern.front();
        pattern.remove_prefix(holds ? 3 : 1);
    }
    return out;
}

DirectorySearch::Scope scope_of(bool subtree) {
    return subtree ? DirectorySearch::Scope::subtree : DirectorySearch::Scope::one_level;
}

class LdapRealm final : public security::Realm, public std::enable_shared_from_this<LdapRealm> {
public:
    explicit LdapRealm(LdapOptions options)
        : options_(std::move(options)), directory_(options_.directory) {}

    [[nodiscard]] Verdict authenticate(const Credentials& shown) override;

private:
    using Done = std::expected<void, DirectoryError>;

    using Entries = std::expected<std::vector<DirectoryEntry>, DirectoryError>;
    using Groups = std::expected<std::vector<std::string>, DirectoryError>;

    /// One login: what is found goes into `verdict`.
    [[nodiscard]] Done ask(DirectoryConnection& connection, const std::string& user,
                           const security::Secret& password, Verdict& verdict);
    /// Those of that name: one, if all is well.
    [[nodiscard]] Entries users(DirectoryConnection& connection, const std::string& name) const;
    [[nodiscard]] Groups groups_of(DirectoryConnection& connection, const DirectoryEntry& user,
                                   const std::string& name) const;
    /// The same one for all who are in as that user in these groups: the directory is asked about
    /// them at once.
    [[nodiscard]] IdentityPtr identity(const std::string& dn, const std::string& user,
                                       std::vector<std::string> groups);
    [[nodiscard]] Standing standing_of(const Identity& who, const std::string& dn);
    [[nodiscard]] Done add_roles(DirectoryConnection& connection, const DirectoryEntry& user,
                                 const std::string& name, std::vector<std::string>& groups) const;
    [[nodiscard]] Entries roles(DirectoryConnection& connection, std::string filter) const;

    const LdapOptions options_;
    Directory directory_;
    std::mutex mutex_;
    std::map<std::string, std::weak_ptr<const Identity>> in_;  ///< by their DN
    std::size_t in_max_ = kInMin;  ///< with more of them, those who have left are looked for
    static constexpr std::size_t kInMin = 64;
};

LdapRealm::Entries LdapRealm::roles(DirectoryConnection& connection, std::string filter) const {
    return connection.search({.base = options_.role_base,
                              .scope = scope_of(options_.role_subtree),
                              .filter = std::move(filter),
                              .attributes = {options_.role_attribute}});
}

LdapRealm::Done LdapRealm::add_roles(DirectoryConnection& connection, const DirectoryEntry& user,
                                     const std::string& name,
                                     std::vector<std::string>& groups) const {
    if (options_.role_attribute.empty()) return {};
    const std::string values[] = {user.dn, name};
    std::set<std::string> seen;
    std::deque<std::string> filters = {filled(options_.role_matching, values)};
    // Groups may be in each other, and in themselves: each is looked at once.
    while (!filters.empty()) {
        const auto found = roles(connection, std::move(filters.front()));
        filters.pop_front();
        if (!found) return std::unexpected(found.error());
        for (const DirectoryEntry& group : *found) {
            if (!seen.insert(group.dn).second) continue;
            const auto& names = group.values(options_.role_attribute);
            groups.insert(groups.end(), names.begin(), names.end());
            if (options_.group_matching.empty()) continue;
            filters.push_back(filled(options_.group_matching, std::span(&group.dn, 1)));
        }
        if (seen.size() > kGroupsMax) {
            return std::unexpected(DirectoryError{name + " is in more than 10000 groups"});
        }
    }
    return {};
}

LdapRealm::Entries LdapRealm::users(DirectoryConnection& connection,
                                    const std::string& name) const {
    DirectorySearch search{.base = options_.user_base,
                           .scope = scope_of(options_.user_subtree),
                           .filter = filled(options_.user_matching, std::span(&name, 1)),
                           .attributes = {}};
    if (!options_.user_role_attribute.empty()) {
        search.attributes.push_back(options_.user_role_attribute);
    }
    return connection.search(search);
}

LdapRealm::Groups LdapRealm::groups_of(DirectoryConnection& connection, const DirectoryEntry& user,
                                       const std::string& name) const {
    std::vector<std::string> groups;
    if (!options_.user_role_attribute.empty()) groups = user.values(options_.user_role_attribute);
    if (auto done = add_roles(connection, user, name, groups); !done) {
        return std::unexpected(done.error());
    }
    return groups;
}

LdapRealm::Done LdapRealm::ask(DirectoryConnection& connection, const std::string& user,
                               const security::Secret& password, Verdict& verdict) {
    const auto found = users(connection, user);
    if (!found) return std::unexpected(found.error());
    if (found->size() != 1) {
        verdict = refusal(Refusal::Why::unknown,
                          found->empty() ? "no such user in the directory"
                                         : "several users of that name in the directory");
        return {};
    }
    const DirectoryEntry& entry = found->front();
    const auto right = connection.bind(entry.dn, password);
    if (!right) return std::unexpected(right.error());
    if (!*right) {
        verdict = refusal(Refusal::Why::wrong, "the directory refuses the password");
        return {};
    }
    if (auto done = connection.bind_for_search(); !done) return done;
    auto groups = groups_of(connection, entry, user);
    if (!groups) return std::unexpected(groups.error());
    verdict = identity(entry.dn, user, std::move(*groups));
    return {};
}

IdentityPtr LdapRealm::identity(const std::string& dn, const std::string& user,
                                std::vector<std::string> groups) {
    const Identity who(user, std::move(groups));
    const std::scoped_lock lock(mutex_);
    if (in_.size() >= in_max_) {
        std::erase_if(in_, [](const auto& one) { return one.second.expired(); });
        in_max_ = std::max(kInMin, 2 * in_.size());
    }
    std::weak_ptr<const Identity>& known = in_[dn];
    if (auto same = known.lock(); same != nullptr && *same == who) return same;
    auto made = std::make_shared<const Identity>(
        who.user(), who.groups(),
        [self = shared_from_this(), who, dn] { return self->standing_of(who, dn); });
    known = made;
    return made;
}

Standing LdapRealm::standing_of(const Identity& who, const std::string& dn) {
    Standing said = Standing::unknown;
    const Done done = directory_.with_connection([&](DirectoryConnection& connection) -> Done {
        const auto found = users(connection, who.user());
        if (!found) return std::unexpected(found.error());
        if (found->size() != 1 || found->front().dn != dn) {
            said = Standing::over;
            return {};
        }
        auto groups = groups_of(connection, found->front(), who.user());
        if (!groups) return std::unexpected(groups.error());
        said = standing(who, std::move(*groups));
        return {};
    });
    return done ? said : Standing::unknown;
}

Verdict LdapRealm::authenticate(const Credentials& shown) {
    if (!shown.user) return refusal(Refusal::Why::abstains, "no user name");
    // A directory lets anybody in who shows no password: as nobody (RFC 4513, 5.1.2).
    if (!shown.password || shown.password->empty()) {
        return refusal(Refusal::Why::wrong, "no password");
    }
    Verdict verdict = refusal(Refusal::Why::unavailable, "the directory was not asked");
    const Done done = directory_.with_connection([&](DirectoryConnection& connection) {
        return ask(connection, *shown.user, *shown.password, verdict);
    });
    if (!done) return refusal(Refusal::Why::unavailable, done.error().text);
    return verdict;
}

}  // namespace

security::RealmPtr ldap_realm(LdapOptions options) {
    return std::make_shared<LdapRealm>(std::move(options));
}

}  // namespace tern::realms
