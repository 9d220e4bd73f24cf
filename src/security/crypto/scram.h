#pragma once

#include "security/realm.h"

#include <expected>

namespace tern::security {

/// Each user's salt is its own; the password is used as it is, which for ASCII is what SASLprep
/// makes of it.
[[nodiscard]] ScramKeys make_scram_keys(std::string_view password, std::string_view salt,
                                        std::uint32_t iterations, ScramHash hash);

/// Keys as they are stored, `SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY` in base64
/// (RFC 5803), or with SHA-512; nothing: it is no such text.
[[nodiscard]] std::optional<ScramKeys> parse_scram_keys(std::string_view stored);
[[nodiscard]] std::string to_text(const ScramKeys& keys);
/// What to store of a password so that it can be used with SCRAM, or why it cannot be made.
[[nodiscard]] std::expected<std::string, std::string> hash_for_scram(const Secret& password,
                                                                     ScramHash hash);

/// Whether SCRAM can be done with what is stored: keys of that hash, or the password itself.
[[nodiscard]] bool can_scram(std::string_view stored, ScramHash hash);
/// The keys in what is stored, or those of a password that is stored as it is: for a user they are
/// the same until the program ends. With nothing stored they are of no password. Nothing: what is
/// stored is a hash of another kind.
[[nodiscard]] std::optional<ScramKeys> scram_keys_of(std::optional<std::string_view> stored,
                                                     std::string_view user, ScramHash hash);

/// Whether `proof` is that of somebody who knows the password, for the text of this exchange.
[[nodiscard]] bool proves(const ScramKeys& keys, const Credentials::Proof& proof);
/// For one exchange: printable and without commas.
[[nodiscard]] std::string make_nonce();

}  // namespace tern::security
