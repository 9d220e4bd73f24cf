#pragma once

#include "security/realm.h"

namespace tern::realms {

// What every realm here speaks of.
using security::Credentials;
using security::Identity;
using security::IdentityPtr;
using security::refusal;
using security::Refusal;
using security::Standing;
using security::Verdict;

/// Of somebody who was in those groups and is now in these.
[[nodiscard]] inline Standing standing(const Identity& was, std::vector<std::string> groups) {
    return was == Identity(was.user(), std::move(groups)) ? Standing::good : Standing::over;
}

}  // namespace tern::realms
