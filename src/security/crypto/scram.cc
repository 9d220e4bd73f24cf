#include "security/crypto/scram.h"

#include "base/assert.h"
#include "bytes/base64.h"
#include "security/crypto/password_hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <charconv>

namespace tern::security {
namespace {

// RFC 7677, 4: at least; more only makes logins slow.
constexpr std::uint32_t kIterations = 4096;
constexpr std::uint32_t kIterationsMax = 10'000'000;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kSecretBytes = 32;

std::string_view scheme(ScramHash hash) {
    return hash == ScramHash::sha512 ? "SCRAM-SHA-512$" : "SCRAM-SHA-256$";
}

const EVP_MD* function(ScramHash hash) {
    return hash == ScramHash::sha512 ? ::EVP_sha512() : ::EVP_sha256();
}

std::size_t size_of(ScramHash hash) {
    return static_cast<std::size_t>(::EVP_MD_get_size(function(hash)));
}

const unsigned char* raw(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* raw(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

std::string hmac(ScramHash hash, std::string_view key, std::string_view data) {
    std::string made(size_of(hash), '\0');
    unsigned int size = 0;
    ::HMAC(function(hash), key.data(), static_cast<int>(key.size()), raw(data), data.size(),
           raw(made), &size);
    return made;
}

std::string digest(ScramHash hash, std::string_view data) {
    std::string made(size_of(hash), '\0');
    unsigned int size = 0;
    ::EVP_Digest(data.data(), data.size(), raw(made), &size, function(hash), nullptr);
    return made;
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    TERN_ASSERT(::RAND_bytes(raw(bytes), static_cast<int>(count)) ==
                1);  // nothing is secret without
    return bytes;
}

/// Of this run of the program: nobody outside can tell a user's salt from one that is made up.
const std::string& run_secret() {
    static const std::string secret = random_bytes(kSecretBytes);
    return secret;
}

std::string salt_of(std::string_view user) {
    return hmac(ScramHash::sha256, run_secret(), user).substr(0, kSaltBytes);
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
                          std::uint32_t iterations, ScramHash hash) {
    std::string salted(size_of(hash), '\0');
    ::PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), raw(salt),
                        static_cast<int>(salt.size()), static_cast<int>(iterations), function(hash),
                        static_cast<int>(salted.size()), raw(salted));
    return {.hash = hash,
            .salt = std::string(salt),
            .iterations = iterations,
            .stored_key = digest(hash, hmac(hash, salted, "Client Key")),
            .server_key = hmac(hash, salted, "Server Key")};
}

std::optional<ScramKeys> parse_scram_keys(std::string_view stored) {
    ScramKeys keys;
    for (const ScramHash hash : {ScramHash::sha256, ScramHash::sha512}) {
        if (stored.starts_with(scheme(hash))) keys.hash = hash;
    }
    if (!stored.starts_with(scheme(keys.hash))) return {};
    std::string_view rest = stored.substr(scheme(keys.hash).size());
    const auto iterations = take(rest, ':');
    const auto salt = take(rest, '$');
    const auto stored_key = take(rest, ':');
    if (!iterations || !salt || !stored_key) return {};
    const char* const end = iterations->data() + iterations->size();
    const auto number = std::from_chars(iterations->data(), end, keys.iterations);
    const bool counted = number.ec == std::errc() && number.ptr == end && keys.iterations > 0 &&
                         keys.iterations <= kIterationsMax;
    const bool readable = decode_base64(*salt, keys.salt) &&
                          decode_base64(*stored_key, keys.stored_key) &&
                          decode_base64(rest, keys.server_key);
    const std::size_t size = size_of(keys.hash);
    if (!counted || !readable || keys.salt.empty() || keys.stored_key.size() != size ||
        keys.server_key.size() != size) {
        return {};
    }
    return keys;
}

std::string to_text(const ScramKeys& keys) {
    std::string text(scheme(keys.hash));
    text.append(std::to_string(keys.iterations)).append(":").append(base64(keys.salt));
    text.append("$").append(base64(keys.stored_key)).append(":").append(base64(keys.server_key));
    return text;
}

std::expected<std::string, std::string> hash_for_scram(const Secret& password, ScramHash hash) {
    if (password.empty()) return std::unexpected("the password is empty");
    return to_text(make_scram_keys(password.reveal(), random_bytes(kSaltBytes), kIterations, hash));
}

bool can_scram(std::string_view stored, ScramHash hash) {
    if (const auto keys = parse_scram_keys(stored)) return keys->hash == hash;
    return !is_password_hash(stored);
}

std::optional<ScramKeys> scram_keys_of(std::optional<std::string_view> stored,
                                       std::string_view user, ScramHash hash) {
    if (!stored) return make_scram_keys(run_secret(), salt_of(user), kIterations, hash);
    if (!can_scram(*stored, hash)) return {};
    if (auto keys = parse_scram_keys(*stored)) return keys;
    return make_scram_keys(*stored, salt_of(user), kIterations, hash);
}

bool proves(const ScramKeys& keys, const Credentials::Proof& proof) {
    std::string client_key = hmac(keys.hash, keys.stored_key, proof.signed_text);
    if (proof.proof.size() != client_key.size()) return false;
    for (std::size_t i = 0; i < client_key.size(); ++i) {
        client_key[i] = static_cast<char>(client_key[i] ^ proof.proof[i]);
    }
    return equal_in_constant_time(digest(keys.hash, client_key), keys.stored_key);
}

std::string make_nonce() {
    return base64(random_bytes(18));
}

}  // namespace tern::security
