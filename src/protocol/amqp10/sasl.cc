#include "protocol/amqp10/sasl.h"

#include <algorithm>

namespace tern::amqp10 {

Sasl::Step Sasl::begin(std::string_view mechanism, std::string_view response) {
    const auto offered = mechanisms();
    if (std::ranges::find(offered, mechanism) == offered.end()) {
        return {Step::What::unknown_mechanism};
    }
    if (mechanism == "ANONYMOUS") return {Step::What::ask};
    if (mechanism == "PLAIN") return plain(response);
    if (mechanism == "EXTERNAL") return external(response);
    if (mechanism == "SCRAM-SHA-256") return scram(response);
    return {Step::What::unknown_mechanism};
}

Sasl::Step Sasl::respond(std::string_view response) {
    if (!scram_begun_) return {};
    return scram(response);
}

Sasl::Step Sasl::plain(std::string_view response) {
    // RFC 4616: authzid NUL authcid NUL password.
    const std::size_t first = response.find('\0');
    if (first == std::string_view::npos) return {};
    const std::size_t second = response.find('\0', first + 1);
    if (second == std::string_view::npos) return {};
    const std::string_view user = response.substr(first + 1, second - first - 1);
    return {Step::What::ask, {}, std::string(user), std::string(response.substr(second + 1))};
}

Sasl::Step Sasl::external(std::string_view response) const {
    if (certificate_.empty()) return {};
    // Whom it wants to be, often nobody in particular.
    return {Step::What::ask, {}, std::string(response)};
}

Sasl::Step Sasl::scram(std::string_view response) {
    if (!scram_begun_) {
        scram_begun_ = true;
        const auto first = parse_client_first(response);
        if (!first) return {};
        const auto credentials = authenticator_.scram(first->user);
        if (!credentials) return {};
        scram_.emplace(*first, *credentials, authenticator_.nonce());
        return {Step::What::challenge, scram_->server_first()};
    }
    if (!scram_) return {};
    const auto server_final = scram_->finish(response);
    if (!server_final) return {};
    return {Step::What::success, *server_final, scram_->user()};
}

}  // namespace tern::amqp10
