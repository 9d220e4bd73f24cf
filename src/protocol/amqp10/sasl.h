#pragma once

#include "protocol/amqp10/scram.h"

#include <vector>

namespace tern::amqp10 {

/// The server's side of one SASL exchange: messages in, what to do next out.
class Sasl {
public:
    /// `certificate`: the subject of the verified certificate that the peer showed, or empty.
    Sasl(broker::LoginWays ways, std::string certificate)
        : ways_(ways), certificate_(std::move(certificate)) {}

    struct Step {
        enum class What : std::uint8_t {
            challenge,     ///< to be sent: `data`
            ask,           ///< the broker says whether it is a success; then `data` goes with that
            ask_for_keys,  ///< the broker says what `user` is to be challenged with
            denied,
            unknown_mechanism,
        };

        What what = What::denied;
        std::string data = {};
        std::string user = {};
        broker::ScramHash hash = broker::ScramHash::sha256;  ///< of `ask_for_keys`
        /// `ask`: one of them, or neither, as with a certificate.
        std::optional<std::string> password = {};
        std::optional<ScramServer::ClientFinal> proof = {};
    };

    /// Best first.
    [[nodiscard]] std::vector<std::string_view> mechanisms() const;
    [[nodiscard]] Step begin(std::string_view mechanism, std::string_view response);
    /// The answer to `ask_for_keys`.
    [[nodiscard]] Step challenged(std::optional<broker::ScramChallenge> challenge);
    [[nodiscard]] Step respond(std::string_view response);

private:
    [[nodiscard]] static Step plain(std::string_view response);
    [[nodiscard]] static Step bearer(std::string_view response);
    [[nodiscard]] Step external(std::string_view response) const;
    [[nodiscard]] Step scram(std::string_view response, broker::ScramHash hash);

    broker::LoginWays ways_;
    std::string certificate_;
    std::optional<ScramClientFirst> scram_first_;
    std::optional<ScramServer> scram_;
};

}  // namespace tern::amqp10
