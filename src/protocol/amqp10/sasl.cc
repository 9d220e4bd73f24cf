#include "protocol/amqp10/sasl.h"

#include <algorithm>

namespace tern::amqp10 {
namespace {

constexpr std::string_view kScram256 = "SCRAM-SHA-256";
constexpr std::string_view kScram512 = "SCRAM-SHA-512";
constexpr char kFieldEnd = '\x01';

/// The value of `name`, up to the next end of a field.
std::string_view field(std::string_view response, std::string_view name) {
    while (!response.empty()) {
        const std::string_view one = response.substr(0, response.find(kFieldEnd));
        if (one.starts_with(name)) return one.substr(name.size());
        response.remove_prefix(std::min(one.size() + 1, response.size()));
    }
    return {};
}

}  // namespace

std::vector<std::string_view> Sasl::mechanisms() const {
    std::vector<std::string_view> all;
    if (!certificate_.empty()) all.emplace_back("EXTERNAL");
    if (ways_.scram_512) all.emplace_back(kScram512);
    if (ways_.scram_256) all.emplace_back(kScram256);
    all.insert(all.end(), {"PLAIN", "ANONYMOUS"});
    if (ways_.tokens) all.insert(all.end(), {"OAUTHBEARER", "XOAUTH2"});
    return all;
}

Sasl::Step Sasl::begin(std::string_view mechanism, std::string_view response) {
    const auto offered = mechanisms();
    if (std::ranges::find(offered, mechanism) == offered.end()) {
        return {Step::What::unknown_mechanism};
    }
    if (mechanism == "ANONYMOUS") return {Step::What::ask};
    if (mechanism == "PLAIN") return plain(response);
    if (mechanism == "EXTERNAL") return external(response);
    if (mechanism == kScram512) return scram(response, broker::ScramHash::sha512);
    if (mechanism == kScram256) return scram(response, broker::ScramHash::sha256);
    return bearer(response);
}

Sasl::Step Sasl::plain(std::string_view response) {
    // RFC 4616: authzid NUL authcid NUL password.
    const std::size_t first = response.find('\0');
    if (first == std::string_view::npos) return {};
    const std::size_t second = response.find('\0', first + 1);
    if (second == std::string_view::npos) return {};
    const std::string_view user = response.substr(first + 1, second - first - 1);
    return {.what = Step::What::ask,
            .user = std::string(user),
            .password = std::string(response.substr(second + 1))};
}

/// RFC 7628, 3.1: `n,a=USER,` and fields; XOAUTH2 is its forerunner, where the user is a field.
Sasl::Step Sasl::bearer(std::string_view response) {
    constexpr std::string_view kBearer = "auth=Bearer ";
    const std::string_view token = field(response, kBearer);
    if (token.empty()) return {};
    std::string_view user = field(response, "user=");
    if (response.starts_with("n,a=")) user = response.substr(4, response.find(',', 4) - 4);
    return {.what = Step::What::ask, .user = std::string(user), .password = std::string(token)};
}

Sasl::Step Sasl::external(std::string_view response) const {
    if (certificate_.empty()) return {};
    // Whom it wants to be, often nobody in particular.
    return {Step::What::ask, {}, std::string(response)};
}

Sasl::Step Sasl::scram(std::string_view response, broker::ScramHash hash) {
    scram_first_ = parse_client_first(response, hash);
    if (!scram_first_) return {};
    return {Step::What::ask_for_keys, {}, scram_first_->user, hash};
}

Sasl::Step Sasl::challenged(std::optional<broker::ScramChallenge> challenge) {
    if (!challenge || !scram_first_ || scram_) return {};
    scram_.emplace(*scram_first_, std::move(*challenge));
    return {Step::What::challenge, scram_->server_first()};
}

Sasl::Step Sasl::respond(std::string_view response) {
    if (!scram_) return {};
    auto said = scram_->parse_client_final(response);
    if (!said) return {};
    return {.what = Step::What::ask,
            .data = scram_->server_final(said->signed_text),
            .user = scram_first_->user,
            .proof = said};
}

}  // namespace tern::amqp10
