#include "protocol/amqp10/scram.h"

#include "bytes/base64.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace tern::amqp10 {
namespace {

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

std::optional<ScramClientFirst> parse_client_first(std::string_view message,
                                                   broker::ScramHash hash) {
    // «n,[a=authzid],» or «y,…,»: this server offers no channel binding.
    if (!message.starts_with("n,") && !message.starts_with("y,")) return {};
    const std::size_t second = message.find(',', 2);
    if (second == message.npos) return {};
    ScramClientFirst first{.hash = hash, .user = {}, .nonce = {}, .gs2_header = {}, .bare = {}};
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

ScramServer::ScramServer(ScramClientFirst first, broker::ScramChallenge challenge)
    : first_(std::move(first)),
      challenge_(std::move(challenge)),
      nonce_(first_.nonce + challenge_.nonce),
      server_first_(
          fmt::format("r={},s={},i={}", nonce_, base64(challenge_.salt), challenge_.iterations)) {}

std::optional<ScramServer::ClientFinal> ScramServer::parse_client_final(
    std::string_view message) const {
    std::string_view rest = message;
    const auto binding = attribute('c', rest);
    const auto nonce = attribute('r', rest);
    const std::size_t proof_at = message.rfind(",p=");
    if (!binding || !nonce || proof_at == message.npos) return {};
    if (*binding != base64(first_.gs2_header) || *nonce != nonce_) return {};
    ClientFinal said{.hash = first_.hash,
                     .signed_text = first_.bare + "," + server_first_ + "," +
                                    std::string(message.substr(0, proof_at)),
                     .proof = {}};
    if (!decode_base64(message.substr(proof_at + 3), said.proof)) return {};
    return said;
}

std::string ScramServer::server_final(std::string_view signed_text) const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> signature{};
    unsigned int size = 0;
    const std::string& key = challenge_.server_key;
    const bool longer = first_.hash == broker::ScramHash::sha512;
    ::HMAC(longer ? ::EVP_sha512() : ::EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(),
           signature.data(), &size);
    return "v=" + base64({reinterpret_cast<const char*>(signature.data()), size});
}

}  // namespace tern::amqp10
