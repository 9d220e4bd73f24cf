#include "security/crypto/rabbit_hash.h"

#include "bytes/base64.h"
#include "security/secret.h"

#include <openssl/evp.h>

#include <cstring>
#include <string>

namespace tern::security {
namespace {

constexpr std::size_t kSaltBytes = 4;

const EVP_MD* digest_of(std::string_view algorithm) {
    if (algorithm.empty() || algorithm == "rabbit_password_hashing_sha256") return ::EVP_sha256();
    if (algorithm == "rabbit_password_hashing_sha512") return ::EVP_sha512();
    return algorithm == "rabbit_password_hashing_md5" ? ::EVP_md5() : nullptr;
}

/// Of salt and password; empty: it cannot be made.
std::string digest(const EVP_MD* how, std::string_view salt, std::string_view password) {
    std::string salted(salt);
    salted += password;
    const Secret input(salted);
    ::explicit_bzero(salted.data(), salted.size());
    std::string made(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    if (::EVP_Digest(input.reveal().data(), input.reveal().size(),
                     reinterpret_cast<unsigned char*>(made.data()), &size, how, nullptr) != 1) {
        return {};
    }
    made.resize(size);
    return made;
}

}  // namespace

bool matches_rabbit_hash(std::string_view stored, std::string_view algorithm,
                         std::string_view password) {
    const EVP_MD* const how = digest_of(algorithm);
    std::string bytes;
    if (how == nullptr || !decode_base64(stored, bytes) || bytes.size() <= kSaltBytes) {
        return false;
    }
    const std::string made = digest(how, std::string_view(bytes).substr(0, kSaltBytes), password);
    return !made.empty() &&
           equal_in_constant_time(std::string_view(bytes).substr(kSaltBytes), made);
}

std::string rabbit_hash(std::string_view password, std::uint32_t salt) {
    std::string salted(kSaltBytes, '\0');
    std::memcpy(salted.data(), &salt, kSaltBytes);
    return base64(salted + digest(::EVP_sha256(), salted, password));
}

}  // namespace tern::security
