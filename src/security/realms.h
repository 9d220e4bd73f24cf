#pragma once

#include "security/realm.h"

#include <vector>

namespace tern::security {

/// What a realm's word means among others': as the flags of JAAS.
enum class Control : std::uint8_t {
    required,    ///< must vouch; the others are asked all the same
    requisite,   ///< must vouch; if it does not, nobody else is asked
    sufficient,  ///< if it vouches, and all before that must have, nobody else is asked
    optional,
};

struct ControlledRealm {
    Control control = Control::required;
    RealmPtr realm;
};

/// Several realms as one. Somebody is let in when all that must vouch do, and anybody does; then
/// the groups are those that any of the realms said, and the user's name that of the first.
[[nodiscard]] RealmPtr combine(std::vector<ControlledRealm> realms);

}  // namespace tern::security
