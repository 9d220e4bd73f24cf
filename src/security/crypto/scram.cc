#include "security/crypto/scram.h"

#include "base/assert.h"
#include "bytes/base64.h"
#include "security/crypto/password_hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>
#include <charconv>

namespace tern::security {
namespace {

using Hash = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

constexpr std::string_view kScheme = "SCRAM-SHA-256$";
// RFC 7677, 4: at least; more only makes logins slow.
constexpr std::uint32_t kIterations = 4096;
constexpr std::uint32_t kIterationsMax = 10'000'000;
constexpr std::size_t kSaltBytes = 16;

const unsigned char* raw(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string_view text_of(const Hash& hash) {
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

Hash hmac(std::string_view key, std::string_view data) {
    Hash hash{};
    unsigned int size = 0;
    ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()), raw(data), data.size(),
           hash.data(), &size);
    return hash;
}

Hash sha256(std::string_view data) {
    Hash hash{};
    ::SHA256(raw(data), data.size(), hash.data());
    return hash;
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    auto* const to = reinterpret_cast<unsigned char*>(bytes.data());
    TERN_ASSERT(::RAND_bytes(to, static_cast<int>(count)) == 1);  // nothing is secret without
    return bytes;
}

/// Of this run of the program: nobody outside can tell a user's salt from one that is made up.
const std::string& run_secret() {
    static const std::string secret = random_bytes(SHA256_DIGEST_LENGTH);
    return secret;
}

std::string salt_of(std::string_view user) {
    return std::string(text_of(hmac(run_secret(), user)).substr(0, kSaltBytes));
}

/// Cuts what stands before `end` off the front of `rest`.
std::optional<std::string_view> take(std::string_view& rest, char end) {
    const std::size_t at = rest.find(end);
    if (at == rest.npos) return {};
    const std::string_view taken = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    return taken;
}

}  // namespace

ScramKeys make_scram_keys(std::string_view password, std::string_view salt,
                          std::uint32_t iterations) {
    Hash salted{};
    ::PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), raw(salt),
                        static_cast<int>(salt.size()), static_cast<int>(iterations), ::EVP_sha256(),
                        static_cast<int>(salted.size()), salted.data());
    const Hash client_key = hmac(text_of(salted), "Client Key");
    const Hash server_key = hmac(text_of(salted), "Server Key");
    return {.salt = std::string(salt),
            .iterations = iterations,
            .stored_key = std::string(text_of(sha256(text_of(client_key)))),
            .server_key = std::string(text_of(server_key))};
}

std::optional<ScramKeys> parse_scram_keys(std::string_view stored) {
    if (!stored.starts_with(kScheme)) return {};
    std::string_view rest = stored.substr(kScheme.size());
    const auto iterations = take(rest, ':');
    const auto salt = take(rest, '$');
    const auto stored_key = take(rest, ':');
    if (!iterations || !salt || !stored_key) return {};
    ScramKeys keys;
    const char* const end = iterations->data() + iterations->size();
    const auto number = std::from_chars(iterations->data(), end, keys.iterations);
    const bool counted = number.ec == std::errc() && number.ptr == end && keys.iterations > 0 &&
                         keys.iterations <= kIterationsMax;
    const bool readable = decode_base64(*salt, keys.salt) &&
                          decode_base64(*stored_key, keys.stored_key) &&
                          decode_base64(rest, keys.server_key);
    if (!counted || !readable || keys.salt.empty() ||
        keys.stored_key.size() != SHA256_DIGEST_LENGTH ||
        keys.server_key.size() != SHA256_DIGEST_LENGTH) {
        return {};
    }
    return keys;
}

std::string to_text(const ScramKeys& keys) {
    std::string text(kScheme);
    text.append(std::to_string(keys.iterations)).append(":").append(base64(keys.salt));
    text.append("$").append(base64(keys.stored_key)).append(":").append(base64(keys.server_key));
    return text;
}

std::expected<std::string, std::string> hash_for_scram(const Secret& password) {
    if (password.empty()) return std::unexpected("the password is empty");
    return to_text(make_scram_keys(password.reveal(), random_bytes(kSaltBytes), kIterations));
}

bool can_scram(std::string_view stored) {
    return parse_scram_keys(stored) || !is_password_hash(stored);
}

std::optional<ScramKeys> scram_keys_of(std::optional<std::string_view> stored,
                                       std::string_view user) {
    if (!stored) return make_scram_keys(run_secret(), salt_of(user), kIterations);
    if (auto keys = parse_scram_keys(*stored)) return keys;
    if (is_password_hash(*stored)) return {};
    return make_scram_keys(*stored, salt_of(user), kIterations);
}

bool proves(const ScramKeys& keys, const Credentials::Proof& proof) {
    if (proof.proof.size() != SHA256_DIGEST_LENGTH) return false;
    Hash client_key = hmac(keys.stored_key, proof.signed_text);
    for (std::size_t i = 0; i < client_key.size(); ++i) {
        client_key[i] ^= static_cast<unsigned char>(proof.proof[i]);
    }
    return equal_in_constant_time(text_of(sha256(text_of(client_key))), keys.stored_key);
}

std::string make_nonce() {
    return base64(random_bytes(18));
}

}  // namespace tern::security
