#include "security/simple_realm.h"

#include <algorithm>
#include <unordered_map>

namespace tern::security {
namespace {

std::string_view password_of(const Credentials& shown) {
    return shown.password ? shown.password->reveal() : std::string_view();
}

class SimpleRealm final : public Realm {
public:
    SimpleRealm(std::vector<SimpleUser> users, Anonymous anonymous, PasswordRules rules)
        : rules_(rules) {
        for (SimpleUser& user : users) {
            auto identity = std::make_shared<const Identity>(user.name, std::move(user.groups));
            users_.insert_or_assign(std::move(user.name),
                                    Known{std::move(user.password), std::move(identity)});
        }
        if (anonymous) anonymous_ = std::make_shared<const Identity>(std::move(*anonymous));
    }

    [[nodiscard]] Verdict authenticate(const Credentials& shown) override {
        using Why = Refusal::Why;
        if (!shown.user && !shown.password && !shown.proof && anonymous_ != nullptr)
            return anonymous_;
        if (!shown.user) return refusal(Why::wrong, "no user was named");
        const auto found = users_.find(*shown.user);
        if (found == users_.end()) return refusal(Why::unknown, "no such user");
        if (!shown.password_proven &&
            !rules_.matches(found->second.password.reveal(), password_of(shown))) {
            return refusal(Why::wrong, "wrong password");
        }
        return found->second.identity;
    }
    void pretend(const Credentials& shown) override {
        if (users_.empty()) return;
        std::ignore = rules_.matches(users_.begin()->second.password.reveal(), password_of(shown));
    }
    [[nodiscard]] broker::LoginWays login_ways() override {
        const auto can = [this](ScramHash hash) {
            return rules_.can_scram != nullptr && !users_.empty() &&
                   std::ranges::all_of(users_, [&](const auto& user) {
                       return rules_.can_scram(user.second.password.reveal(), hash);
                   });
        };
        return {.scram_256 = can(ScramHash::sha256), .scram_512 = can(ScramHash::sha512)};
    }
    [[nodiscard]] std::optional<ScramKeys> scram_keys(const Credentials& shown) override {
        if (rules_.scram_keys == nullptr || !shown.user) return {};
        const auto found = users_.find(*shown.user);
        if (found == users_.end()) return rules_.scram_keys({}, *shown.user, shown.scram_hash);
        return rules_.scram_keys(found->second.password.reveal(), *shown.user, shown.scram_hash);
    }

private:
    struct Known {
        Secret password;
        IdentityPtr identity;
    };

    PasswordRules rules_;
    std::unordered_map<std::string, Known> users_;
    IdentityPtr anonymous_;
};

}  // namespace

RealmPtr make_simple_realm(std::vector<SimpleUser> users, Anonymous anonymous,
                           PasswordRules rules) {
    return std::make_shared<SimpleRealm>(std::move(users), std::move(anonymous), rules);
}

}  // namespace tern::security
