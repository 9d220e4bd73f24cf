#pragma once

#include "protocol/amqp10/authenticator.h"

namespace tern::amqp10 {

/// What the client says first (RFC 5802, 5).
struct ScramClientFirst {
    std::string user;
    std::string nonce;
    std::string gs2_header;
    std::string bare;
};

/// Nothing when it is malformed or asks for channel binding.
[[nodiscard]] std::optional<ScramClientFirst> parse_client_first(std::string_view message);

/// The server's side of SCRAM-SHA-256 (RFC 7677).
class ScramServer {
public:
    ScramServer(const ScramClientFirst& first, ScramCredentials credentials,
                std::string_view nonce);

    [[nodiscard]] const std::string& user() const { return user_; }
    [[nodiscard]] const std::string& server_first() const { return server_first_; }
    /// What to say last, or nothing when the proof is wrong.
    [[nodiscard]] std::optional<std::string> finish(std::string_view client_final) const;

private:
    std::string user_;
    std::string gs2_header_;
    std::string client_first_bare_;
    std::string nonce_;
    ScramCredentials credentials_;
    std::string server_first_;
};

/// What is kept of a password.
[[nodiscard]] ScramCredentials make_scram_credentials(std::string_view password,
                                                      std::string_view salt,
                                                      std::uint32_t iterations);

}  // namespace tern::amqp10
