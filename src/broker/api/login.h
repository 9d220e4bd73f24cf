#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tern::broker {

/// What SCRAM hashes with: RFC 7677, and the same with SHA-512.
enum class ScramHash : std::uint8_t { sha256, sha512 };

/// That a client knows its password, without the password (RFC 5802).
struct ScramProof {
    ScramHash hash = ScramHash::sha256;
    std::string_view signed_text;  ///< the exchange: AuthMessage
    std::string_view proof;
};

/// What a client shows to be let in: a user with a password or a proof of it, or neither.
struct Login {
    std::optional<std::string_view> user = {};
    std::optional<std::string_view> password = {};
    std::optional<ScramProof> proof = {};
};

/// What clients may show instead of a password as it is. Its size is one that atomics have.
struct alignas(4) LoginWays {
    bool scram_256 = false;  ///< a proof, by SCRAM-SHA-256
    bool scram_512 = false;  ///< by SCRAM-SHA-512
    bool tokens = false;     ///< a signed token, in the password's place

    [[nodiscard]] bool scram(ScramHash hash) const {
        return hash == ScramHash::sha512 ? scram_512 : scram_256;
    }
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
