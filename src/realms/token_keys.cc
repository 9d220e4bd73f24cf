#include "realms/token_keys.h"

#include <boost/json.hpp>
#include <cjose/cjose.h>

#include <optional>

namespace tern::realms {
namespace {

namespace json = boost::json;

constexpr std::size_t kKeysMax = 100;
/// The least that is taken for safe (RFC 7518, 3.2 and 3.3); curves are all long enough.
constexpr std::size_t kRsaBitsMin = 2048;
constexpr std::size_t kSecretBitsMin = 256;

std::string text_at(const json::object& object, std::string_view name) {
    const json::value* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

/// What keys of which kind are for.
std::string_view kind_for(std::string_view algorithm) {
    if (algorithm.starts_with("RS") || algorithm.starts_with("PS")) return "RSA";
    if (algorithm.starts_with("ES")) return "EC";
    return algorithm.starts_with("HS") ? "oct" : "";
}

bool is_long_enough(std::string_view kind, const cjose_jwk_t* key) {
    const std::size_t bits = ::cjose_jwk_get_keysize(key, nullptr);
    if (kind == "RSA") return bits >= kRsaBitsMin;
    return kind == "EC" || bits >= kSecretBitsMin;
}

}  // namespace

void TokenKeys::Release::operator()(cjose_jwk_t* key) const {
    ::cjose_jwk_release(key);
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
        const std::string one = json::serialize(value);
        Key key{.name = text_at(*object, "kid"),
                .algorithm = text_at(*object, "alg"),
                .kind = text_at(*object, "kty"),
                .key = {}};
        key.key.reset(::cjose_jwk_import(one.data(), one.size(), nullptr));
        if (key.key && is_long_enough(key.kind, key.key.get())) {
            parsed.keys_.push_back(std::move(key));
        }
    }
    if (parsed.keys_.empty()) return std::unexpected("it has no key that can be used");
    return parsed;
}

bool TokenKeys::signed_by_any(std::string_view token, std::string_view algorithm,
                              std::string_view name) const {
    for (const Key& key : keys_) {
        if (key.kind != kind_for(algorithm)) continue;
        if (!key.algorithm.empty() && key.algorithm != algorithm) continue;
        if (!name.empty() && key.name != name) continue;
        // One for each key: the library keeps the outcome of a check in it.
        cjose_jws_t* const parsed = ::cjose_jws_import(token.data(), token.size(), nullptr);
        if (parsed == nullptr) return false;
        const bool right = ::cjose_jws_verify(parsed, key.key.get(), nullptr);
        ::cjose_jws_release(parsed);
        if (right) return true;
    }
    return false;
}

}  // namespace tern::realms
