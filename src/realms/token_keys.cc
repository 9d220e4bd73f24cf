#include "realms/token_keys.h"

#include "bytes/base64.h"
#include "security/secret.h"

#include <boost/json.hpp>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

namespace tern::realms {
namespace {

namespace json = boost::json;

constexpr std::size_t kKeysMax = 100;
/// The least that is taken for safe (RFC 7518, 3.2 and 3.3); curves are all long enough.
constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 16'384;
constexpr std::size_t kSecretBytesMin = 32;

struct Free {
    void operator()(BIGNUM* number) const { ::BN_free(number); }
    void operator()(OSSL_PARAM_BLD* builder) const { ::OSSL_PARAM_BLD_free(builder); }
    void operator()(OSSL_PARAM* params) const { ::OSSL_PARAM_free(params); }
    void operator()(EVP_PKEY_CTX* context) const { ::EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { ::EVP_MD_CTX_free(context); }
    void operator()(ECDSA_SIG* signature) const { ::ECDSA_SIG_free(signature); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string text_at(const json::object& object, std::string_view name) {
    const json::value* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

/// The bytes of a member in base64url; empty: there are none.
std::string bytes_at(const json::object& object, std::string_view name) {
    std::string bytes;
    return decode_base64url(text_at(object, name), bytes) ? bytes : "";
}

Owned<BIGNUM> number_of(std::string_view bytes) {
    return Owned<BIGNUM>(::BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

struct Curve {
    std::string_view name;
    const char* group;
    std::size_t bytes;  ///< of a coordinate
};
constexpr Curve kCurves[] = {
    {"P-256", "prime256v1", 32}, {"P-384", "secp384r1", 48}, {"P-521", "secp521r1", 66}};

const Curve* find_curve(std::string_view name) {
    for (const Curve& curve : kCurves) {
        if (curve.name == name) return &curve;
    }
    return nullptr;
}

/// A public key from what a builder has; null: it makes none.
EVP_PKEY* make_key(const char* kind, OSSL_PARAM_BLD* builder) {
    const Owned<OSSL_PARAM> params(::OSSL_PARAM_BLD_to_param(builder));
    const Owned<EVP_PKEY_CTX> context(::EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
    EVP_PKEY* key = nullptr;
    if (!params || !context || ::EVP_PKEY_fromdata_init(context.get()) != 1 ||
        ::EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
        return nullptr;
    }
    return key;
}

EVP_PKEY* read_rsa(const json::object& object) {
    const std::string modulus = bytes_at(object, "n");
    const std::string exponent = bytes_at(object, "e");
    if (modulus.size() > kRsaBitsMax / 8 || exponent.size() > 8) return nullptr;
    const auto n = number_of(modulus);
    const auto e = number_of(exponent);
    if (!n || !e || ::BN_num_bits(n.get()) < kRsaBitsMin || !::BN_is_odd(e.get()) ||
        ::BN_is_one(e.get())) {
        return nullptr;
    }
    const Owned<OSSL_PARAM_BLD> builder(::OSSL_PARAM_BLD_new());
    if (!builder || ::OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        ::OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
        return nullptr;
    }
    return make_key("RSA", builder.get());
}

/// OpenSSL sees to it that the point is one of the curve.
EVP_PKEY* read_curve(const json::object& object, const Curve& curve) {
    const std::string x = bytes_at(object, "x");
    const std::string y = bytes_at(object, "y");
    if (x.size() != curve.bytes || y.size() != curve.bytes) return nullptr;
    constexpr char kUncompressed = 4;
    const std::string point = kUncompressed + x + y;
    const Owned<OSSL_PARAM_BLD> builder(::OSSL_PARAM_BLD_new());
    if (!builder ||
        ::OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group,
                                          0) != 1 ||
        ::OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                           point.size()) != 1) {
        return nullptr;
    }
    return make_key("EC", builder.get());
}

EVP_PKEY* read_secret(const json::object& object) {
    const security::Secret secret(bytes_at(object, "k"));
    if (secret.reveal().size() < kSecretBytesMin) return nullptr;
    return ::EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, nullptr, bytes_of(secret.reveal()),
                                          secret.reveal().size());
}

/// What kind of key an algorithm takes, `RSA`, a curve's name or `oct`; empty: it is unknown.
std::string_view kind_for(std::string_view algorithm) {
    if (algorithm.starts_with("RS") || algorithm.starts_with("PS")) return "RSA";
    if (algorithm.starts_with("HS")) return "oct";
    if (algorithm == "ES256") return "P-256";
    if (algorithm == "ES384") return "P-384";
    return algorithm == "ES512" ? "P-521" : "";
}

const EVP_MD* digest_of(std::string_view algorithm) {
    if (algorithm.ends_with("256")) return ::EVP_sha256();
    if (algorithm.ends_with("384")) return ::EVP_sha384();
    return algorithm.ends_with("512") ? ::EVP_sha512() : nullptr;
}

bool is_hmac(EVP_PKEY* key, const EVP_MD* digest, std::string_view text,
             std::string_view signature) {
    const Owned<EVP_MD_CTX> context(::EVP_MD_CTX_new());
    std::string made(EVP_MAX_MD_SIZE, '\0');
    std::size_t bytes = made.size();
    if (!context || ::EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) != 1 ||
        ::EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(made.data()), &bytes,
                         bytes_of(text), text.size()) != 1) {
        return false;
    }
    made.resize(bytes);
    return security::equal_in_constant_time(made, signature);
}

/// A signature of a curve as OpenSSL takes it, while tokens have two numbers (RFC 7518, 3.4);
/// empty: it is none.
std::string to_der(std::string_view signature, std::size_t bytes) {
    if (signature.size() != 2 * bytes) return {};
    const Owned<ECDSA_SIG> pair(::ECDSA_SIG_new());
    auto r = number_of(signature.substr(0, bytes));
    auto s = number_of(signature.substr(bytes));
    if (!pair || !r || !s || ::ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
    std::ignore = r.release();
    std::ignore = s.release();
    std::string der(static_cast<std::size_t>(::i2d_ECDSA_SIG(pair.get(), nullptr)), '\0');
    auto* at = reinterpret_cast<unsigned char*>(der.data());
    ::i2d_ECDSA_SIG(pair.get(), &at);
    return der;
}

bool is_signature(EVP_PKEY* key, std::string_view algorithm, std::string_view text,
                  std::string_view signature) {
    const Owned<EVP_MD_CTX> context(::EVP_MD_CTX_new());
    EVP_PKEY_CTX* with = nullptr;  // the context's own
    if (!context ||
        ::EVP_DigestVerifyInit(context.get(), &with, digest_of(algorithm), nullptr, key) != 1) {
        return false;
    }
    if (algorithm.starts_with("PS") &&
        (::EVP_PKEY_CTX_set_rsa_padding(with, RSA_PKCS1_PSS_PADDING) != 1 ||
         ::EVP_PKEY_CTX_set_rsa_pss_saltlen(with, RSA_PSS_SALTLEN_DIGEST) != 1)) {
        return false;
    }
    return ::EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                              text.size()) == 1;
}

bool is_signed(EVP_PKEY* key, std::string_view algorithm, std::string_view text,
               std::string_view signature) {
    if (algorithm.starts_with("HS")) return is_hmac(key, digest_of(algorithm), text, signature);
    if (const Curve* const curve = find_curve(kind_for(algorithm))) {
        const std::string der = to_der(signature, curve->bytes);
        return !der.empty() && is_signature(key, algorithm, text, der);
    }
    return is_signature(key, algorithm, text, signature);
}

}  // namespace

void TokenKeys::Free::operator()(::evp_pkey_st* key) const {
    ::EVP_PKEY_free(key);
}

std::expected<TokenKeys, std::string> TokenKeys::parse(std::string_view text) {
    boost::system::error_code error;
    const json::value whole = json::parse(text, error);
    if (error) return std::unexpected("it is no JSON: " + error.message());
    const json::object* const set = whole.if_object();
    const json::value* const keys = set == nullptr ? nullptr : set->if_contains("keys");
    if (keys == nullptr || !keys->is_array()) return std::unexpected("it has no list of keys");
    if (keys->get_array().size() > kKeysMax) return std::unexpected("it has more than 100 keys");
    TokenKeys parsed;
    for (const json::value& value : keys->get_array()) {
        const json::object* const object = value.if_object();
        if (object == nullptr) continue;
        const std::string use = text_at(*object, "use");
        if (!use.empty() && use != "sig") continue;
        Key key{.name = text_at(*object, "kid"),
                .algorithm = text_at(*object, "alg"),
                .kind = text_at(*object, "kty"),
                .key = {}};
        if (key.kind == "EC") key.kind = text_at(*object, "crv");
        if (key.kind == "RSA") {
            key.key.reset(read_rsa(*object));
        } else if (key.kind == "oct") {
            key.key.reset(read_secret(*object));
        } else if (const Curve* const curve = find_curve(key.kind)) {
            key.key.reset(read_curve(*object, *curve));
        }
        if (key.key) parsed.keys_.push_back(std::move(key));
    }
    if (parsed.keys_.empty()) return std::unexpected("it has no key that can be used");
    return parsed;
}

bool TokenKeys::has(std::string_view name) const {
    return name.empty() ||
           std::ranges::any_of(keys_, [name](const Key& key) { return key.name == name; });
}

bool TokenKeys::signed_by_any(std::string_view text, std::string_view signature,
                              std::string_view algorithm, std::string_view name) const {
    const std::string_view kind = kind_for(algorithm);
    if (kind.empty() || digest_of(algorithm) == nullptr) return false;
    for (const Key& key : keys_) {
        if (key.kind != kind) continue;
        if (!key.algorithm.empty() && key.algorithm != algorithm) continue;
        if (!name.empty() && key.name != name) continue;
        if (is_signed(key.key.get(), algorithm, text, signature)) return true;
    }
    return false;
}

}  // namespace tern::realms
