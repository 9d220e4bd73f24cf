#pragma once

#include "security/realm.h"

namespace tern::realms {

// What every realm here speaks of.
using security::Credentials;
using security::Identity;
using security::refusal;
using security::Refusal;
using security::Verdict;

}  // namespace tern::realms
