#pragma once

#include "protocol/amqp10/authenticator.h"
#include "protocol/amqp10/scram.h"

namespace tern::amqp10 {

/// The server's side of one SASL exchange: messages in, verdicts out.
class Sasl {
public:
    Sasl(const Authenticator& authenticator, std::string certificate)
        : authenticator_(authenticator), certificate_(std::move(certificate)) {}

    struct Step {
        /// `ask`: the broker says whether it is a success.
        enum class What : std::uint8_t { challenge, ask, success, denied, unknown_mechanism };

        What what = What::denied;
        /// The challenge, or what the peer is told with its success.
        std::string data = {};
        std::string user = {};
        /// `ask`: nothing for those who name no user, as with a certificate.
        std::optional<std::string> password = {};
    };

    [[nodiscard]] std::vector<std::string_view> mechanisms() const {
        return authenticator_.mechanisms(certificate_);
    }
    [[nodiscard]] Step begin(std::string_view mechanism, std::string_view response);
    [[nodiscard]] Step respond(std::string_view response);

private:
    [[nodiscard]] static Step plain(std::string_view response);
    [[nodiscard]] Step external(std::string_view response) const;
    [[nodiscard]] Step scram(std::string_view response);

    const Authenticator& authenticator_;
    std::string certificate_;
    std::optional<ScramServer> scram_;
    bool scram_begun_ = false;
};

}  // namespace tern::amqp10
