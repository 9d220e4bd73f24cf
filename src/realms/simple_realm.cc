#include "realms/simple_realm.h"

#include "base/log.h"
#include "security/crypto/password_hash.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

namespace tern::realms {
namespace {

using security::Credentials;
using security::Identity;
using security::IdentityPtr;
using security::refusal;
using security::Refusal;
using security::Verdict;

class SimpleRealm final : public security::Realm {
public:
    explicit SimpleRealm(SimpleOptions options);

    [[nodiscard]] Verdict authenticate(const Credentials& shown) override;

private:
    struct User {
        std::string password;
        IdentityPtr identity;
    };

    std::map<std::string, User, std::less<>> users_;
    IdentityPtr anonymous_;                ///< null: they are refused
    std::optional<std::string> any_hash_;  ///< of some user
};

SimpleRealm::SimpleRealm(SimpleOptions options) {
    std::size_t plain = 0;
    for (SimpleOptions::User& user : options.users) {
        if (security::is_password_hash(user.password)) {
            any_hash_ = user.password;
        } else {
            ++plain;
        }
        auto identity = std::make_shared<const Identity>(user.name, std::move(user.groups));
        users_.insert_or_assign(std::move(user.name),
                                User{std::move(user.password), std::move(identity)});
    }
    if (options.anonymous) {
        anonymous_ = std::make_shared<const Identity>(std::move(options.anonymous_user),
                                                      std::vector{options.anonymous_group});
    }
    if (plain > 0) {
        log::warning("realms", "the configuration has {} passwords that are not hashed", plain);
    }
}

Verdict SimpleRealm::authenticate(const Credentials& shown) {
    if (!shown.user && !shown.password && anonymous_) return anonymous_;
    if (!shown.user) return refusal(Refusal::Why::wrong, "no user name");
    const std::string_view password = shown.password ? shown.password->reveal() : "";
    const auto known = users_.find(*shown.user);
    if (known == users_.end()) {
        // So that it takes as long as a wrong password.
        if (any_hash_) std::ignore = security::matches_password(*any_hash_, password);
        return refusal(Refusal::Why::wrong, "no such user in the configuration");
    }
    if (!security::matches_password(known->second.password, password)) {
        return refusal(Refusal::Why::wrong, "wrong password");
    }
    return known->second.identity;
}

}  // namespace

security::RealmPtr simple_realm(SimpleOptions options) {
    return std::make_shared<SimpleRealm>(std::move(options));
}

}  // namespace tern::realms
