#include "protocol/amqp10/scram.h"

#include "bytes/base64.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>

namespace tern::amqp10 {
namespace {

using Hash = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

const unsigned char* raw(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string_view text_of(const Hash& hash) {
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

Hash hmac(std::string_view key, std::string_view data) {
    Hash hash{};
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), raw(data), data.size(),
         hash.data(), &size);
    return hash;
}

Hash sha256(std::string_view data) {
    Hash hash{};
    SHA256(raw(data), data.size(), hash.data());
    return hash;
}

/// Cuts «x=value» off the front of `rest`, up to the next comma.
std::optional<std::string_view> attribute(char name, std::string_view& rest) {
    if (rest.size() < 2 || rest[0] != name || rest[1] != '=') return {};
    const std::size_t end = rest.find(',');
    const std::string_view value = rest.substr(2, end == rest.npos ? end : end - 2);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    return value;
}

std::optional<std::string> unescape(std::string_view name) {
    std::string plain;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name[i] != '=') {
            plain += name[i];
            continue;
        }
        const std::string_view code = name.substr(i, 3);
        if (code != "=2C" && code != "=3D") return {};
        plain += code == "=2C" ? ',' : '=';
        i += 2;
    }
    return plain;
}

}  // namespace

std::optional<ScramClientFirst> parse_client_first(std::string_view message) {
    // «n,[a=authzid],» or «y,…,»: this server offers no channel binding.
    if (!message.starts_with("n,") && !message.starts_with("y,")) return {};
    const std::size_t second = message.find(',', 2);
    if (second == message.npos) return {};
    ScramClientFirst first;
    first.gs2_header = message.substr(0, second + 1);
    std::string_view rest = message.substr(second + 1);
    first.bare = rest;
    const auto name = attribute('n', rest);
    const auto nonce = attribute('r', rest);
    if (!name || !nonce || nonce->empty()) return {};
    auto user = unescape(*name);
    if (!user) return {};
    first.user = std::move(*user);
    first.nonce = *nonce;
    return first;
}

ScramServer::ScramServer(const ScramClientFirst& first, ScramCredentials credentials,
                         std::string_view nonce)
    : user_(first.user),
      gs2_header_(first.gs2_header),
      client_first_bare_(first.bare),
      nonce_(first.nonce + std::string(nonce)),
      credentials_(std::move(credentials)),
      server_first_(fmt::format("r={},s={},i={}", nonce_, base64(credentials_.salt),
                                credentials_.iterations)) {}

std::optional<std::string> ScramServer::finish(std::string_view client_final) const {
    std::string_view rest = client_final;
    const auto binding = attribute('c', rest);
    const auto nonce = attribute('r', rest);
    const std::size_t proof_at = client_final.rfind(",p=");
    if (!binding || !nonce || proof_at == client_final.npos) return {};
    std::string proof;
    const bool readable = decode_base64(client_final.substr(proof_at + 3), proof);
    const bool right_peer = *binding == base64(gs2_header_) && *nonce == nonce_;
    if (!right_peer || !readable || proof.size() != SHA256_DIGEST_LENGTH) return {};
    const std::string signed_text = client_first_bare_ + "," + server_first_ + "," +
                                    std::string(client_final.substr(0, proof_at));
    Hash client_key = hmac(credentials_.stored_key, signed_text);
    for (std::size_t i = 0; i < client_key.size(); ++i) {
        client_key[i] ^= static_cast<unsigned char>(proof[i]);
    }
    const Hash stored = sha256(text_of(client_key));
    if (credentials_.stored_key.size() != stored.size() ||
        CRYPTO_memcmp(stored.data(), credentials_.stored_key.data(), stored.size()) != 0) {
        return {};
    }
    return "v=" + base64(text_of(hmac(credentials_.server_key, signed_text)));
}

ScramCredentials make_scram_credentials(std::string_view password, std::string_view salt,
                                        std::uint32_t iterations) {
    Hash salted{};
    PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), raw(salt),
                      static_cast<int>(salt.size()), static_cast<int>(iterations), EVP_sha256(),
                      static_cast<int>(salted.size()), salted.data());
    const Hash client_key = hmac(text_of(salted), "Client Key");
    const Hash server_key = hmac(text_of(salted), "Server Key");
    return {.salt = std::string(salt),
            .iterations = iterations,
            .stored_key = std::string(text_of(sha256(text_of(client_key)))),
            .server_key = std::string(text_of(server_key))};
}

}  // namespace tern::amqp10
