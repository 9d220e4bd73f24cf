#include "security/crypto/encrypted_text.h"

#include "bytes/base64.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>

namespace tern::security {
namespace {

// What jasypt does unless told otherwise.
constexpr int kIterations = 1000;
constexpr std::size_t kTextBytesMax = 64 * 1024;

struct Free {
    void operator()(OSSL_LIB_CTX* context) const { ::OSSL_LIB_CTX_free(context); }
    void operator()(OSSL_PROVIDER* provider) const { ::OSSL_PROVIDER_unload(provider); }
    void operator()(EVP_CIPHER* cipher) const { ::EVP_CIPHER_free(cipher); }
    void operator()(EVP_CIPHER_CTX* context) const { ::EVP_CIPHER_CTX_free(context); }
    void operator()(EVP_KDF* kdf) const { ::EVP_KDF_free(kdf); }
    void operator()(EVP_KDF_CTX* context) const { ::EVP_KDF_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

/// OpenSSL with what is in it no longer by default: DES.
struct Library {
    Library()
        : context(::OSSL_LIB_CTX_new()),
          ordinary(::OSSL_PROVIDER_load(context.get(), "default")),
          legacy(::OSSL_PROVIDER_load(context.get(), "legacy")) {}

    Owned<OSSL_LIB_CTX> context;
    Owned<OSSL_PROVIDER> ordinary;
    Owned<OSSL_PROVIDER> legacy;
};

struct Algorithm {
    enum class Derivation : std::uint8_t { pbkdf1, pkcs12, pbkdf2 };

    Derivation derivation = Derivation::pbkdf1;
    std::string digest;
    std::string cipher;
    std::size_t key_bytes = 0;
    std::size_t block_bytes = 0;  ///< of the salt and the initialization vector, too

    /// Whether the vector is written; otherwise it is derived as the key is.
    [[nodiscard]] bool writes_vector() const { return derivation == Derivation::pbkdf2; }
};

std::optional<Algorithm> find_algorithm(std::string_view name) {
    using Derivation = Algorithm::Derivation;
    std::string upper(name);
    std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
    if (upper == "PBEWITHMD5ANDDES") return Algorithm{Derivation::pbkdf1, "MD5", "DES-CBC", 8, 8};
    if (upper == "PBEWITHSHA1ANDDESEDE") {
        return Algorithm{Derivation::pkcs12, "SHA1", "DES-EDE3-CBC", 24, 8};
    }
    for (const std::string digest : {"SHA1", "SHA224", "SHA256", "SHA384", "SHA512"}) {
        const std::string before = "PBEWITHHMAC" + digest + "ANDAES_";
        if (upper == before + "128") {
            return Algorithm{Derivation::pbkdf2, digest, "AES-128-CBC", 16, 16};
        }
        if (upper == before + "256") {
            return Algorithm{Derivation::pbkdf2, digest, "AES-256-CBC", 32, 16};
        }
    }
    return {};
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

/// RFC 8018, 5.1.
bool pbkdf1(const Secret& password, std::string_view salt, std::string& out) {
    std::string hash(password.reveal());
    hash += salt;
    for (int i = 0; i < kIterations; ++i) {
        std::string next(EVP_MAX_MD_SIZE, '\0');
        unsigned bytes = 0;
        const int done =
            ::EVP_Digest(hash.data(), hash.size(), bytes_of(next), &bytes, ::EVP_md5(), nullptr);
        if (done != 1) return false;
        next.resize(bytes);
        hash = std::move(next);
    }
    if (out.size() > hash.size()) return false;
    out = hash.substr(0, out.size());
    return true;
}

/// RFC 7292, B.2; `use` is 1 for keys and 2 for initialization vectors.
bool pkcs12(const Library& library, const Algorithm& algorithm, const Secret& password,
            std::string_view salt, int use, unsigned char* out, std::size_t bytes) {
    // As a BMPString with a zero at its end.
    std::string wide;
    for (const char c : password.reveal()) wide += {'\0', c};
    wide.append(2, '\0');
    const Owned<EVP_KDF> kdf(::EVP_KDF_fetch(library.context.get(), "PKCS12KDF", nullptr));
    const Owned<EVP_KDF_CTX> context(kdf ? ::EVP_KDF_CTX_new(kdf.get()) : nullptr);
    if (!context) return false;
    std::string digest = algorithm.digest;
    std::string salted(salt);
    int iterations = kIterations;
    const OSSL_PARAM params[] = {
        ::OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
        ::OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, wide.data(), wide.size()),
        ::OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salted.data(), salted.size()),
        ::OSSL_PARAM_construct_int(OSSL_KDF_PARAM_ITER, &iterations),
        ::OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS12_ID, &use),
        ::OSSL_PARAM_construct_end()};
    return ::EVP_KDF_derive(context.get(), out, bytes, params) == 1;
}

/// The key, and behind it the initialization vector unless that is written; empty: it cannot be
/// made.
Secret derive(const Library& library, const Algorithm& algorithm, const Secret& password,
              std::string_view salt) {
    const std::size_t vector_bytes = algorithm.writes_vector() ? 0 : algorithm.block_bytes;
    std::string out(algorithm.key_bytes + vector_bytes, '\0');
    bool done = false;
    switch (algorithm.derivation) {
        case Algorithm::Derivation::pbkdf1:
            done = pbkdf1(password, salt, out);
            break;
        case Algorithm::Derivation::pkcs12:
            done =
                pkcs12(library, algorithm, password, salt, 1, bytes_of(out), algorithm.key_bytes) &&
                pkcs12(library, algorithm, password, salt, 2, bytes_of(out) + algorithm.key_bytes,
                       vector_bytes);
            break;
        case Algorithm::Derivation::pbkdf2:
            done = ::PKCS5_PBKDF2_HMAC(password.reveal().data(),
                                       static_cast<int>(password.reveal().size()), bytes_of(salt),
                                       static_cast<int>(salt.size()), kIterations,
                                       ::EVP_get_digestbyname(algorithm.digest.c_str()),
                                       static_cast<int>(out.size()), bytes_of(out)) == 1;
            break;
    }
    return done ? Secret(out) : Secret();
}

enum class Direction : std::uint8_t { decrypt, encrypt };

std::optional<std::string> run_cipher(const Library& library, const Algorithm& algorithm,
                                      Direction direction, std::string_view key,
                                      std::string_view vector, std::string_view in) {
    const Owned<EVP_CIPHER> cipher(
        ::EVP_CIPHER_fetch(library.context.get(), algorithm.cipher.c_str(), nullptr));
    const Owned<EVP_CIPHER_CTX> context(::EVP_CIPHER_CTX_new());
    if (!cipher || !context) return {};
    std::string out(in.size() + algorithm.block_bytes, '\0');
    int bytes = 0;
    int rest = 0;
    const bool done =
        ::EVP_CipherInit_ex2(context.get(), cipher.get(), bytes_of(key), bytes_of(vector),
                             direction == Direction::encrypt ? 1 : 0, nullptr) == 1 &&
        ::EVP_CipherUpdate(context.get(), bytes_of(out), &bytes, bytes_of(in),
                           static_cast<int>(in.size())) == 1 &&
        ::EVP_CipherFinal_ex(context.get(), bytes_of(out) + bytes, &rest) == 1;
    if (!done) return {};
    out.resize(static_cast<std::size_t>(bytes) + static_cast<std::size_t>(rest));
    return out;
}

std::expected<Algorithm, std::string> usable_algorithm(std::string_view name,
                                                       const Secret& password) {
    auto algorithm = find_algorithm(name);
    if (!algorithm) {
        return std::unexpected("there is no algorithm " + std::string(name) +
                               " here; use PBEWithHmacSHA256AndAES_256");
    }
    if (password.empty()) return std::unexpected("the password for encrypted values is empty");
    return std::move(*algorithm);
}

std::expected<std::string, std::string> encrypt_with(const Library& library,
                                                     const Algorithm& algorithm,
                                                     const Secret& password,
                                                     std::string_view text) {
    std::string salt(algorithm.block_bytes, '\0');
    std::string vector(algorithm.block_bytes, '\0');
    if (::RAND_bytes(bytes_of(salt), static_cast<int>(salt.size())) != 1 ||
        ::RAND_bytes(bytes_of(vector), static_cast<int>(vector.size())) != 1) {
        return std::unexpected("there is no randomness");
    }
    const Secret derived = derive(library, algorithm, password, salt);
    if (!algorithm.writes_vector() && !derived.empty()) {
        vector = derived.reveal().substr(algorithm.key_bytes);
    }
    const auto cipher =
        derived.empty() ? std::nullopt
                        : run_cipher(library, algorithm, Direction::encrypt,
                                     derived.reveal().substr(0, algorithm.key_bytes), vector, text);
    if (!cipher) return std::unexpected("OpenSSL has no " + algorithm.cipher + " here");
    return base64(salt + (algorithm.writes_vector() ? vector : "") + *cipher);
}

std::expected<std::string, std::string> decrypt_with(const Library& library,
                                                     const Algorithm& algorithm,
                                                     const Secret& password,
                                                     std::string_view bytes) {
    const std::size_t block = algorithm.block_bytes;
    const std::size_t ahead = algorithm.writes_vector() ? 2 * block : block;
    if (bytes.size() < ahead + block || bytes.size() % block != 0) {
        return std::unexpected("it is no encrypted value: too short");
    }
    const Secret derived = derive(library, algorithm, password, bytes.substr(0, block));
    if (derived.empty()) return std::unexpected("OpenSSL cannot derive a key here");
    const std::string_view vector = algorithm.writes_vector()
                                        ? bytes.substr(block, block)
                                        : derived.reveal().substr(algorithm.key_bytes);
    auto text =
        run_cipher(library, algorithm, Direction::decrypt,
                   derived.reveal().substr(0, algorithm.key_bytes), vector, bytes.substr(ahead));
    if (!text) {
        return std::unexpected(
            "it cannot be decrypted: the password or the algorithm is another one");
    }
    return std::move(*text);
}

}  // namespace

std::expected<std::string, std::string> encrypt_text(std::string_view algorithm,
                                                     const Secret& password,
                                                     std::string_view text) {
    const auto usable = usable_algorithm(algorithm, password);
    if (!usable) return std::unexpected(usable.error());
    if (text.size() > kTextBytesMax) return std::unexpected("it is too long");
    return encrypt_with(Library(), *usable, password, text);
}

std::expected<std::string, std::string> decrypt_text(std::string_view algorithm,
                                                     const Secret& password,
                                                     std::string_view secret) {
    const auto usable = usable_algorithm(algorithm, password);
    if (!usable) return std::unexpected(usable.error());
    std::string bytes;
    if (secret.size() > kTextBytesMax || !decode_base64(secret, bytes)) {
        return std::unexpected("it is no encrypted value: not base64");
    }
    return decrypt_with(Library(), *usable, password, bytes);
}

}  // namespace tern::security
