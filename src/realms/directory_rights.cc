#include "realms/directory_rights.h"

#include "base/assert.h"
#include "base/log.h"

#include <algorithm>
#include <map>
#include <optional>
#include <strings.h>

namespace tern::realms {
namespace {

using broker::Destination;
using broker::Domain;
using security::Holders;
using security::Right;
using security::Rights;
using security::RightsEntry;

/// How soon to try again as long as nothing was ever read.
constexpr std::chrono::milliseconds kFirstPause{1000};

bool equal_in_any_case(const std::string& one, const std::string& other) {
    return ::strcasecmp(one.c_str(), other.c_str()) == 0;
}

/// What a member of a group is.
struct Member {
    enum class Kind : std::uint8_t { group, user, neither };

    Kind kind = Kind::neither;
    std::string name;
};

/// One reading of all that is there.
class Reading {
public:
    Reading(DirectoryConnection& connection, const DirectoryRightsOptions& options)
        : connection_(connection), options_(options) {}

    [[nodiscard]] std::expected<Rights, DirectoryError> run();

private:
    using Done = std::expected<void, DirectoryError>;

    [[nodiscard]] const std::string& filter_of(Right right) const;
    /// The groups of one right below a base; `found` is called with each.
    template <class Found>
    [[nodiscard]] Done groups(const std::string& base, Right right, Found found);
    [[nodiscard]] Done read_destinations(const std::string& base, Domain domain);
    [[nodiscard]] Done read_temporary();
    [[nodiscard]] std::expected<Holders, DirectoryError> holders(const DirectoryEntry& group);
    [[nodiscard]] std::expected<Member, DirectoryError> member(const std::string& dn);

    DirectoryConnection& connection_;
    const DirectoryRightsOptions& options_;
    std::map<std::pair<Domain, std::string>, RightsEntry> entries_;
    std::optional<RightsEntry> temporary_;
    std::map<std::string, Member> members_;  ///< by DN; each is looked up once
};

Holders& holders_of(RightsEntry& entry, Right right) {
    switch (right) {
        case Right::read:
            return entry.read;
        case Right::write:
            return entry.write;
        case Right::admin:
            break;
    }
    return entry.admin;
}

/// The pattern that a destination's entry is for.
std::string pattern_of(std::string name) {
    std::ranges::replace(name, '$', '>');
    return name;
}

std::string without(std::string text, std::string_view what) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;) {
        text.erase(at, what.size());
    }
    return text;
}

const std::string& Reading::filter_of(Right right) const {
    switch (right) {
        case Right::read:
            return options_.read_filter;
        case Right::write:
            return options_.write_filter;
        case Right::admin:
            break;
    }
    return options_.admin_filter;
}

template <class Found>
Reading::Done Reading::groups(const std::string& base, Right right, Found found) {
    if (base.empty()) return {};
    const auto entries = connection_.search({.base = base,
                                             .scope = DirectorySearch::Scope::subtree,
                                             .filter = filter_of(right),
                                             .attributes = {options_.member_attribute}});
    if (!entries && entries.error().missing) return {};
    if (!entries) return std::unexpected(entries.error());
    const std::size_t above = parts_of_dn(base).size();
    for (const DirectoryEntry& entry : *entries) {
        auto parts = parts_of_dn(entry.dn);
        if (parts.size() <= above) continue;
        parts.resize(parts.size() - above);
        if (auto done = found(entry, parts); !done) return done;
    }
    return {};
}

Reading::Done Reading::read_destinations(const std::string& base, Domain domain) {
    for (const Right right : {Right::read, Right::write, Right::admin}) {
        auto done =
            groups(base, right, [&](const DirectoryEntry& group, const auto& parts) -> Done {
                if (parts.size() != 2) {
                    log::warning("realms", "{} gives no rights: it is not below a destination",
                                 group.dn);
                    return {};
                }
                const auto given = holders(group);
                if (!given) return std::unexpected(given.error());
                RightsEntry& entry = entries_[{domain, pattern_of(parts[1].second)}];
                holders_of(entry, right) = *given;
                return {};
            });
        if (!done) return done;
    }
    return {};
}

Reading::Done Reading::read_temporary() {
    for (const Right right : {Right::read, Right::write, Right::admin}) {
        auto done = groups(options_.temporary_base, right,
                           [&](const DirectoryEntry& group, const auto& parts) -> Done {
                               if (parts.size() != 1) {
                                   log::warning("realms", "{} gives no rights: it is too far down",
                                                group.dn);
                                   return {};
                               }
                               const auto given = holders(group);
                               if (!given) return std::unexpected(given.error());
                               if (!temporary_) temporary_.emplace();
                               holders_of(*temporary_, right) = *given;
                               return {};
                           });
        if (!done) return done;
    }
    return {};
}

std::expected<Member, DirectoryError> Reading::member(const std::string& dn) {
    if (options_.legacy_groups) {
        return Member{Member::Kind::group, without(without(dn, "cn="), "CN=")};
    }
    if (const auto known = members_.find(dn); known != members_.end()) return known->second;
    const auto entries = connection_.search(
        {.base = dn,
         .scope = DirectorySearch::Scope::entry,
         .attributes = {"objectClass", options_.group_name, options_.user_name}});
    if (!entries && !entries.error().missing) return std::unexpected(entries.error());
    Member found;
    if (entries && !entries->empty()) {
        const DirectoryEntry& entry = entries->front();
        const auto is_a = [&entry](const std::string& wanted) {
            return std::ranges::any_of(entry.values("objectClass"), [&](const std::string& one) {
                return equal_in_any_case(one, wanted);
            });
        };
        const bool group = is_a(options_.group_class);
        const bool user = is_a(options_.user_class);
        const auto& names = entry.values(group ? options_.group_name : options_.user_name);
        if (group != user && !names.empty()) {
            found = {group ? Member::Kind::group : Member::Kind::user, names.front()};
        }
    }
    return members_.emplace(dn, std::move(found)).first->second;
}

std::expected<Holders, DirectoryError> Reading::holders(const DirectoryEntry& group) {
    std::vector<std::string> groups;
    std::vector<std::string> users;
    for (const std::string& dn : group.values(options_.member_attribute)) {
        auto found = member(dn);
        if (!found) return std::unexpected(std::move(found.error()));
        switch (found->kind) {
            case Member::Kind::group:
                groups.push_back(std::move(found->name));
                break;
            case Member::Kind::user:
                users.push_back(std::move(found->name));
                break;
            case Member::Kind::neither:
                log::warning("realms", "{} gives no rights to {}: it is no user and no group",
                             group.dn, dn);
                break;
        }
    }
    return Holders(std::move(groups), std::move(users));
}

std::expected<Rights, DirectoryError> Reading::run() {
    if (auto done = read_destinations(options_.queue_base, Domain::queue); !done) {
        return std::unexpected(std::move(done.error()));
    }
    if (auto done = read_destinations(options_.topic_base, Domain::topic); !done) {
        return std::unexpected(std::move(done.error()));
    }
    if (auto done = read_temporary(); !done) return std::unexpected(std::move(done.error()));
    std::vector<Rights::Rule> rules;
    for (auto& [destination, entry] : entries_) {
        const auto& [domain, name] = destination;
        rules.push_back({Destination{domain, false, name}, std::move(entry)});
    }
    RightsEntry everywhere;
    everywhere.admin = Holders(std::vector<std::string>{kConsoleAdmins}, {});
    return Rights(std::move(rules), std::move(everywhere), std::move(temporary_));
}

}  // namespace

std::expected<Rights, DirectoryError> read_rights(DirectoryConnection& connection,
                                                  const DirectoryRightsOptions& options) {
    return Reading(connection, options).run();
}

security::RightsPtr DirectoryRights::nobodys() {
    return std::make_shared<const Rights>(std::vector<Rights::Rule>(), std::nullopt, RightsEntry());
}

DirectoryRights::~DirectoryRights() {
    TERN_ASSERT(!thread_.joinable());
}

void DirectoryRights::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void DirectoryRights::stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

void DirectoryRights::pause(const std::stop_token& stop, std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    stopping_.wait_for(lock, stop, time, [] { return false; });
}

void DirectoryRights::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const bool read = refresh();
        if (read && !options_.refresh) break;
        const auto interval = options_.refresh_interval;
        pause(stop, current_ ? interval : std::min(interval, kFirstPause));
    }
    connection_.reset();
}

bool DirectoryRights::refresh() {
    std::optional<DirectoryError> failed;
    if (!connection_) {
        auto opened = DirectoryConnection::open(options_.directory);
        if (opened) {
            connection_ = std::move(*opened);
        } else {
            failed = std::move(opened.error());
        }
    }
    if (connection_) {
        auto rights = read_rights(*connection_, options_);
        if (rights) {
            if (complained_) log::info("realms", "the directory says again who may do what");
            complained_ = false;
            if (!current_ || *current_ != *rights) {
                current_ = std::make_shared<const Rights>(std::move(*rights));
                changed_(current_);
            }
            return true;
        }
        failed = std::move(rights.error());
        // Its next answer may be to this question.
        connection_.reset();
    }
    if (!complained_) {
        log::warning("realms", "the directory does not say who may do what, {}: {}",
                     current_ ? "what it said last holds" : "so nobody may do anything",
                     failed->text);
    }
    complained_ = true;
    return false;
}

}  // namespace tern::realms
