#pragma once

#include "broker/api/login.h"

namespace tern::amqp10 {

/// What the client says first (RFC 5802, 5).
struct ScramClientFirst {
    broker::ScramHash hash = broker::ScramHash::sha256;
    std::string user;
    std::string nonce;
    std::string gs2_header;
    std::string bare;
};

/// Nothing when it is malformed or asks for channel binding.
[[nodiscard]] std::optional<ScramClientFirst> parse_client_first(std::string_view message,
                                                                 broker::ScramHash hash);

/// The server's side of SCRAM (RFC 5802, RFC 7677), whose secrets are the broker's.
class ScramServer {
public:
    ScramServer(ScramClientFirst first, broker::ScramChallenge challenge);

    [[nodiscard]] const std::string& server_first() const { return server_first_; }
    /// What the client says of its password, which is for the broker to judge. Nothing when this is
    /// no end of this exchange.
    struct ClientFinal {
        broker::ScramHash hash = broker::ScramHash::sha256;
        std::string signed_text;
        std::string proof;
    };
    [[nodiscard]] std::optional<ClientFinal> parse_client_final(std::string_view message) const;
    /// What to say when the proof was right: that this server knows the password, too.
    [[nodiscard]] std::string server_final(std::string_view signed_text) const;

private:
    ScramClientFirst first_;
    broker::ScramChallenge challenge_;
    std::string nonce_;
    std::string server_first_;
};

}  // namespace tern::amqp10
