#pragma once

#include "security/secret.h"

#include <expected>
#include <string>
#include <string_view>

namespace tern::security {

/// Whether that is a password's hash, as crypt(3) knows them (`$y$…`, `$7$…`, `$2b$…`, `$6$…`) or
/// as kept for SCRAM (security/crypto/scram.h), and not a password as it is.
[[nodiscard]] bool is_password_hash(std::string_view stored);

/// Whether the password is the stored one, which is a hash or the password itself. Takes as long
/// as the hash was made to take.
[[nodiscard]] bool matches_password(std::string_view stored, std::string_view shown);

/// What to store: yescrypt, with a salt of its own and the cost that the C library takes for right.
/// Or why it cannot be made.
[[nodiscard]] std::expected<std::string, std::string> hash_password(const Secret& password);

}  // namespace tern::security
