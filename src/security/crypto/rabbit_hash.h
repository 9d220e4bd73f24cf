#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tern::security {

/// Whether that is RabbitMQ's hash of the password: base64 of four bytes of salt and the digest of
/// salt and password, by `rabbit_password_hashing_sha256` (empty: the same), `…_sha512` or `…_md5`.
[[nodiscard]] bool matches_rabbit_hash(std::string_view stored, std::string_view algorithm,
                                       std::string_view password);
/// One by `rabbit_password_hashing_sha256`.
[[nodiscard]] std::string rabbit_hash(std::string_view password, std::uint32_t salt);

}  // namespace tern::security
