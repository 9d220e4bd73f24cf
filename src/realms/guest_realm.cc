#include "realms/guest_realm.h"

namespace tern::realms {
namespace {

class GuestRealm final : public security::Realm {
public:
    explicit GuestRealm(const GuestOptions& options)
        : guest_(
              std::make_shared<const security::Identity>(options.user, std::vector{options.group})),
          credentials_invalidate_(options.credentials_invalidate) {}

    [[nodiscard]] security::Verdict authenticate(const security::Credentials& shown) override {
        if (credentials_invalidate_ && (shown.password || shown.proof)) {
            return security::refusal(security::Refusal::Why::abstains,
                                     "who shows a password is no guest");
        }
        return guest_;
    }
    [[nodiscard]] bool takes_passwords() const override { return false; }

private:
    security::IdentityPtr guest_;
    bool credentials_invalidate_;
};

}  // namespace

security::RealmPtr guest_realm(const GuestOptions& options) {
    return std::make_shared<GuestRealm>(options);
}

}  // namespace tern::realms
