#include "realms/properties_realm.h"

#include "base/log.h"
#include "realms/vocabulary.h"
#include "security/crypto/password_hash.h"
#include "security/crypto/scram.h"

#include <algorithm>
#include <atomic>

namespace tern::realms {
namespace {

class PropertiesRealm final : public security::Realm {
public:
    PropertiesRealm(PropertiesFile::Options users, PropertiesFile::Options groups)
        : users_(std::move(users)), groups_(std::move(groups)) {}

    [[nodiscard]] Verdict authenticate(const Credentials& shown) override;
    [[nodiscard]] broker::LoginWays login_ways() override;
    [[nodiscard]] std::optional<security::ScramKeys> scram_keys(const Credentials& shown) override;

private:
    void warn_of_plain(const config::Properties& users);

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

/// Takes as long as looking at the password of somebody who is there.
void pretend(const config::Properties& users, std::string_view shown) {
    const auto hashed = std::ranges::find_if(
        users, [](const auto& user) { return security::is_password_hash(user.second); });
    if (hashed != users.end()) std::ignore = security::matches_password(hashed->second, shown);
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
        pretend(**users, password);
        return refusal(Refusal::Why::wrong, "no such user in " + users_.path());
    }
    if (!shown.password_proven && !security::matches_password(known->second, password)) {
        return refusal(Refusal::Why::wrong, "wrong password");
    }
    return std::make_shared<const Identity>(*shown.user, groups_of(**groups, *shown.user));
}

broker::LoginWays PropertiesRealm::login_ways() {
    const auto users = users_.get();
    return {.scram =
                users && !(*users)->empty() && std::ranges::all_of(**users, [](const auto& user) {
                    return security::can_scram(user.second);
                })};
}

std::optional<security::ScramKeys> PropertiesRealm::scram_keys(const Credentials& shown) {
    const auto users = users_.get();
    if (!users || !shown.user) return {};
    const auto known = (*users)->find(*shown.user);
    if (known == (*users)->end()) return security::scram_keys_of({}, *shown.user);
    return security::scram_keys_of(known->second, *shown.user);
}

}  // namespace

security::RealmPtr properties_realm(PropertiesFile::Options users, PropertiesFile::Options groups) {
    return std::make_shared<PropertiesRealm>(std::move(users), std::move(groups));
}

}  // namespace tern::realms
