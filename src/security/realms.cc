#include "security/realms.h"

#include <algorithm>

namespace tern::security {
namespace {

class Combined final : public Realm {
public:
    explicit Combined(std::vector<ControlledRealm> realms) : realms_(std::move(realms)) {}

    [[nodiscard]] Verdict authenticate(const Credentials& shown) override;
    void pretend(const Credentials& shown) override {
        for (const ControlledRealm& one : realms_) one.realm->pretend(shown);
    }
    [[nodiscard]] broker::LoginWays login_ways() override;
    [[nodiscard]] bool takes_passwords() const override;
    [[nodiscard]] std::optional<ScramKeys> scram_keys(const Credentials& shown) override;

private:
    /// The one that looks at passwords; null: none does, or several.
    [[nodiscard]] Realm* password_realm() const;

    std::vector<ControlledRealm> realms_;
};

/// What counts more as the reason: a realm that cannot say hides whether the others are right.
int weight(Refusal::Why why) {
    switch (why) {
        case Refusal::Why::abstains:
            return 0;
        case Refusal::Why::unknown:
            return 1;
        case Refusal::Why::wrong:
            return 2;
        case Refusal::Why::unavailable:
            return 3;
    }
    return 0;
}

/// What all of them say together; null: none says anything.
AskStanding standing_of(const std::vector<IdentityPtr>& vouched) {
    std::vector<AskStanding> all;
    for (const IdentityPtr& one : vouched) {
        if (one->standing()) all.push_back(one->standing());
    }
    if (all.empty()) return nullptr;
    return [all = std::move(all)] {
        Standing standing = Standing::good;
        for (const AskStanding& ask : all) {
            const Standing one = ask();
            if (one == Standing::over) return one;
            if (one == Standing::unknown) standing = one;
        }
        return standing;
    };
}

Verdict Combined::authenticate(const Credentials& shown) {
    std::vector<IdentityPtr> vouched;
    Refusal worst{Refusal::Why::abstains, "no realm knows such a login"};
    bool failed = false;
    for (const auto& [control, realm] : realms_) {
        auto verdict = realm->authenticate(shown);
        if (verdict) {
            vouched.push_back(std::move(*verdict));
            if (control == Control::sufficient && !failed) break;
            continue;
        }
        const Refusal::Why why = verdict.error().why;
        if (weight(why) > weight(worst.why)) worst = std::move(verdict.error());
        if (why == Refusal::Why::abstains) continue;
        const bool needed = control == Control::required || control == Control::requisite;
        failed = failed || needed;
        if (control == Control::requisite) break;
    }
    if (failed || vouched.empty()) return std::unexpected(std::move(worst));
    if (vouched.size() == 1) return vouched.front();
    std::vector<std::string> groups;
    PermissionsPtr permissions;
    for (const IdentityPtr& one : vouched) {
        groups.insert(groups.end(), one->groups().begin(), one->groups().end());
        if (permissions == nullptr) permissions = one->permissions();
    }
    return std::make_shared<const Identity>(vouched.front()->user(), std::move(groups),
                                            standing_of(vouched), std::move(permissions));
}

Realm* Combined::password_realm() const {
    Realm* found = nullptr;
    for (const ControlledRealm& one : realms_) {
        if (!one.realm->takes_passwords()) continue;
        if (found != nullptr) return nullptr;
        found = one.realm.get();
    }
    return found;
}

broker::LoginWays Combined::login_ways() {
    broker::LoginWays ways;
    for (const ControlledRealm& one : realms_) {
        ways.tokens = ways.tokens || one.realm->login_ways().tokens;
    }
    // A proof is for one realm's keys: of several, the others would have to believe it.
    Realm* const only = password_realm();
    if (only != nullptr) {
        ways.scram_256 = only->login_ways().scram_256;
        ways.scram_512 = only->login_ways().scram_512;
    }
    return ways;
}

bool Combined::takes_passwords() const {
    return std::ranges::any_of(
        realms_, [](const ControlledRealm& one) { return one.realm->takes_passwords(); });
}

std::optional<ScramKeys> Combined::scram_keys(const Credentials& shown) {
    Realm* const only = password_realm();
    if (only == nullptr) return {};
    return only->scram_keys(shown);
}

}  // namespace

RealmPtr combine(std::vector<ControlledRealm> realms) {
    if (realms.size() == 1) return std::move(realms.front().realm);
    return std::make_shared<Combined>(std::move(realms));
}

}  // namespace tern::security
