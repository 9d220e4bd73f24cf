#pragma once

#include "security/secret.h"

#include <expected>
#include <string>
#include <string_view>

namespace tern::security {

/// Where ActiveMQ looks for the password that values in `ENC(…)` are encrypted with.
inline constexpr std::string_view kPasswordVariable = "ACTIVEMQ_ENCRYPTION_PASSWORD";
/// And where we look for the algorithm.
inline constexpr std::string_view kAlgorithmVariable = "ACTIVEMQ_ENCRYPTION_ALGORITHM";
/// What `activemq encrypt` uses unless told otherwise. Weak: a guess at the password costs nothing.
inline constexpr std::string_view kDefaultCipher = "PBEWithMD5AndDES";

/// Reads what `activemq encrypt` (jasypt) wrote, base64, or says why it cannot be read. The
/// algorithms are Java's PBEWithMD5AndDES, PBEWithSHA1AndDESede and PBEWithHmacSHA{1,224,256,384,
/// 512}AndAES_{128,256}, in upper or lower case.
[[nodiscard]] std::expected<std::string, std::string> decrypt_text(std::string_view algorithm,
                                                                   const Secret& password,
                                                                   std::string_view secret);

/// Writes what `decrypt_text` and `activemq decrypt` read, with another salt each time.
[[nodiscard]] std::expected<std::string, std::string> encrypt_text(std::string_view algorithm,
                                                                   const Secret& password,
                                                                   std::string_view text);

}  // namespace tern::security
