#pragma once

#include "realms/key_source.h"
#include "realms/token.h"
#include "security/realm.h"

#include <functional>

namespace tern::realms {

/// Who shows a token that somebody trusted has signed (OAuth 2.0, OpenID Connect), in the place of
/// a password. Whatever user is named besides does not count: the token says who it is.
struct TokenOptions {
    std::shared_ptr<KeySource> keys;
    TokenRules rules;
    /// Seconds since 1970; null: as the system's clock says.
    std::function<std::int64_t()> clock = {};
};

[[nodiscard]] security::RealmPtr token_realm(TokenOptions options);

}  // namespace tern::realms
