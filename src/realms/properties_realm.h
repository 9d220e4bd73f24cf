#pragma once

#include "realms/properties_file.h"
#include "security/realm.h"

namespace tern::realms {

/// Users of a file `user = password` and groups of another, `group = user,user`: ActiveMQ's
/// PropertiesLoginModule. A password may be a hash (security/crypto/password_hash.h); when it is
/// none, a warning says so once.
[[nodiscard]] security::RealmPtr properties_realm(PropertiesFile::Options users,
                                                  PropertiesFile::Options groups);

}  // namespace tern::realms
