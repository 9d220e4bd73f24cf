#pragma once

#include "realms/token_keys.h"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace tern::realms {

/// Which tokens are good, and what they say.
struct TokenRules {
    std::vector<std::string> algorithms = {"RS256", "ES256"};  ///< no other is looked at
    std::string issuer;                                        ///< `iss` is exactly that
    std::string audience;                                      ///< and among `aud` is that
    std::string user_claim = "sub";
    std::string groups_claim = "groups";  ///< a list, or a text with blanks, as `scope` is
    /// Not empty: what begins so in `scopes_claim` says what may be done (`security::Scopes`).
    std::string scope_prefix = {};
    std::string scopes_claim = "scope";  ///< as `groups_claim`
    std::int64_t leeway_s = 30;          ///< by which clocks may differ
};

/// Whom a token speaks of.
struct TokenSubject {
    std::string user;
    std::vector<std::string> groups;
    std::vector<std::string> scopes;  ///< without their prefix
    double until_s = 0;  ///< since 1970: then it is not good any more, whatever clocks show
    bool operator==(const TokenSubject&) const = default;
};

/// The name of the key that a token says it is signed by; empty: it names none.
[[nodiscard]] std::string key_named_by(std::string_view token);

/// Checks a signed token (RFC 7519 as RFC 7515 in its compact form) at a time, in seconds since
/// 1970. The reason why it is not good says nothing of what is in it.
[[nodiscard]] std::expected<TokenSubject, std::string> check_token(std::string_view token,
                                                                   const TokenKeys& keys,
                                                                   const TokenRules& rules,
                                                                   std::int64_t now_s);

}  // namespace tern::realms
