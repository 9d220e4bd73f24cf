#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tern::broker {

/// That a client knows its password, without the password (RFC 5802).
struct ScramProof {
    std::string_view signed_text;  ///< the exchange: AuthMessage
    std::string_view proof;
};

/// What a client shows to be let in: a user with a password or a proof of it, or neither.
struct Login {
    std::optional<std::string_view> user = {};
    std::optional<std::string_view> password = {};
    std::optional<ScramProof> proof = {};
};

/// What clients may show instead of a password as it is.
struct LoginWays {
    bool scram = false;   ///< a proof, by SCRAM-SHA-256
    bool tokens = false;  ///< a signed token, in the password's place

    bool operator==(const LoginWays&) const = default;
};

/// What a client needs to prove that it knows its password.
struct ScramChallenge {
    std::string salt;
    std::uint32_t iterations = 0;
    std::string nonce;       ///< fresh, printable and without commas
    std::string server_key;  ///< never to be sent: signs the exchange once the client is in
};

}  // namespace tern::broker
