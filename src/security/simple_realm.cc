#include "security/simple_realm.h"

#include <unordered_map>

namespace tern::security {
namespace {

class SimpleRealm final : public Realm {
public:
    SimpleRealm(std::vector<SimpleUser> users, Anonymous anonymous, PasswordCheck matches)
        : matches_(matches) {
        for (SimpleUser& user : users) {
            auto identity = std::make_shared<const Identity>(user.name, std::move(user.groups));
            users_.insert_or_assign(std::move(user.name),
                                    Known{std::move(user.password), std::move(identity)});
        }
        if (anonymous) anonymous_ = std::make_shared<const Identity>(std::move(*anonymous));
    }

    [[nodiscard]] Verdict authenticate(const Credentials& shown) override {
        using Why = Refusal::Why;
        if (!shown.user && !shown.password && anonymous_ != nullptr) return anonymous_;
        if (!shown.user) return refusal(Why::wrong, "no user was named");
        const auto found = users_.find(*shown.user);
        const std::string_view password =
            shown.password ? shown.password->reveal() : std::string_view();
        if (found == users_.end()) {
            // So that it takes as long as a wrong password, which a hash makes long.
            if (!users_.empty()) {
                std::ignore = matches_(users_.begin()->second.password.reveal(), password);
            }
            return refusal(Why::wrong, "no such user");
        }
        if (!matches_(found->second.password.reveal(), password)) {
            return refusal(Why::wrong, "wrong password");
        }
        return found->second.identity;
    }

private:
    struct Known {
        Secret password;
        IdentityPtr identity;
    };

    PasswordCheck matches_;
    std::unordered_map<std::string, Known> users_;
    IdentityPtr anonymous_;
};

}  // namespace

RealmPtr make_simple_realm(std::vector<SimpleUser> users, Anonymous anonymous,
                           PasswordCheck matches) {
    return std::make_shared<SimpleRealm>(std::move(users), std::move(anonymous), matches);
}

}  // namespace tern::security
