#pragma once

#include "security/realm.h"

#include <string>

namespace tern::realms {

/// ActiveMQ's GuestLoginModule: everybody is the guest.
struct GuestOptions {
    std::string user = "guest";
    std::string group = "guests";
    /// Not who shows a password: others may know whether it is right.
    bool credentials_invalidate = false;
};

[[nodiscard]] security::RealmPtr guest_realm(const GuestOptions& options);

}  // namespace tern::realms
