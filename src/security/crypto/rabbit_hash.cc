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

}  // namespace

bool matches_rabbit_hash(std::string_view stored, std::string_view algorithm,
                         std::string_view password) {
    const EVP_MD* const digest = digest_of(algorithm);
    std::string bytes;
    if (digest == nullptr || !decode_base64(stored, bytes) || bytes.size() <= kSaltBytes) {
        return false;
    }
    std::string salted = bytes.substr(0, kSaltBytes);
    salted += password;
    const Secret input(salted);
    ::explicit_bzero(salted.data(), salted.size());
    std::string made(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    if (::EVP_Digest(input.reveal().data(), input.reveal().size(),
                     reinterpret_cast<unsigned char*>(made.data()), &size, digest, nullptr) != 1) {
        return false;
    }
    made.resize(size);
    return equal_in_constant_time(std::string_view(bytes).substr(kSaltBytes), made);
}

}  // namespace tern::security
