#include "realms/properties_realm.h"

#include "base/log.h"
#include "realms/vocabulary.h"
#include "security/crypto/password_hash.h"
#include "security/crypto/scram.h"

#include <algorithm>
#include <atomic>

namespace tern::realms {
namespace {

class PropertiesRealm final : public security::Realm,
                              public std::enable_shared_from_this<PropertiesRealm> {
public:
    PropertiesRealm(PropertiesFile::Options users, PropertiesFile::Options groups)
        : users_(std::move(users)), groups_(std::move(groups)) {}

    [[nodiscard]] Verdict authenticate(const Credentials& shown) override;
    void pretend(const Credentials& shown) override;
    [[nodiscard]] broker::LoginWays login_ways() override;
    [[nodiscard]] std::optional<security::ScramKeys> scram_keys(const Credentials& shown) override;

private:
    void warn_of_plain(const config::Properties& users);
    /// Of somebody whose password was stored as that.
    [[nodiscard]] Standing standing_of(const Identity& who, const security::Secret& stored);

    PropertiesFile users_;
    PropertiesFile groups_;
    std::atomic<bool> warned_ = false;
};

void PropertiesRealm::warn_of_plain(const config::Properties& users) {
    const auto plain = std::ranges::count_if(
        users, [](const auto& user) { return !security::is_password_hash(user.second); });
    if (plain == 0 || warned_.exchange(true)) return;
    log::warning("realms", "{} has {} passwords that are not hashed", users_.path(), plain);
}

void PropertiesRealm::pretend(const Credentials& shown) {
    const auto users = users_.get();
    if (!users) return;
    const auto hashed = std::ranges::find_if(
        **users, [](const auto& user) { return security::is_password_hash(user.second); });
    if (hashed == (*users)->end()) return;
    std::ignore = security::matches_password(
        hashed->second, shown.password ? shown.password->reveal() : std::string_view());
}

Verdict PropertiesRealm::authenticate(const Credentials& shown) {
    const auto users = users_.get();
    if (!users) return refusal(Refusal::Why::unavailable, users.error());
    const auto groups = groups_.get();
    if (!groups) return refusal(Refusal::Why::unavailable, groups.error());
    warn_of_plain(**users);
    if (!shown.user) return refusal(Refusal::Why::wrong, "no user name");
    const std::string_view password = shown.password ? shown.password->reveal() : "";
    const auto known = (*users)->find(*shown.user);
    if (known == (*users)->end()) {
        return refusal(Refusal::Why::unknown, "no such user in " + users_.path());
    }
    if (!shown.password_proven && !security::matches_password(known->second, password)) {
        return refusal(Refusal::Why::wrong, "wrong password");
    }
    const Identity who(*shown.user, groups_of(**groups, *shown.user));
    if (!users_.reloads() && !groups_.reloads()) return std::make_shared<const Identity>(who);
    return std::make_shared<const Identity>(
        who.user(), who.groups(),
        [self = shared_from_this(), who, stored = security::Secret(known->second)] {
            return self->standing_of(who, stored);
        });
}

Standing PropertiesRealm::standing_of(const Identity& who, const security::Secret& stored) {
    const auto users = users_.get();
    const auto groups = groups_.get();
    if (!users || !groups) return Standing::unknown;
    const auto known = (*users)->find(who.user());
    if (known == (*users)->end() || known->second != stored.reveal()) return Standing::over;
    return standing(who, groups_of(**groups, who.user()));
}

broker::LoginWays PropertiesRealm::login_ways() {
    const auto users = users_.get();
    const auto can = [&users](security::ScramHash hash) {
        return users && !(*users)->empty() &&
               std::ranges::all_of(**users, [hash](const auto& user) {
                   return security::can_scram(user.second, hash);
               });
    };
    return {.scram_256 = can(security::ScramHash::sha256),
            .scram_512 = can(security::ScramHash::sha512)};
}

std::optional<security::ScramKeys> PropertiesRealm::scram_keys(const Credentials& shown) {
    const auto users = users_.get();
    if (!users || !shown.user) return {};
    const auto known = (*users)->find(*shown.user);
    const std::optional<std::string_view> stored =
        known == (*users)->end() ? std::nullopt : std::optional<std::string_view>(known->second);
    return security::scram_keys_of(stored, *shown.user, shown.scram_hash);
}

}  // namespace

security::RealmPtr properties_realm(PropertiesFile::Options users, PropertiesFile::Options groups) {
    return std::make_shared<PropertiesRealm>(std::move(users), std::move(groups));
}

}  // namespace tern::realms
