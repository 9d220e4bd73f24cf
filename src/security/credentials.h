#pragma once

#include "broker/api/login.h"
#include "security/secret.h"

#include <optional>
#include <string>
#include <string_view>

namespace tern::security {

using broker::ScramHash;

/// What a client shows to be let in, and where it comes from.
struct Credentials {
    std::optional<std::string> user = {};
    std::optional<Secret> password = {};
    /// Instead of the password, that it knows it (RFC 5802).
    struct Proof {
        std::string signed_text;
        std::string proof;
    };
    std::optional<Proof> proof = {};
    /// Of the proof, or of what is asked for to make one.
    ScramHash scram_hash = ScramHash::sha256;
    /// Whoever asks has found the proof to be right, by `Realm::scram_keys`.
    bool password_proven = false;
    /// The subject of the certificate that it showed and that was verified, as in
    /// `CN=x, OU=y, O=z`; empty: it showed none.
    std::string certificate = {};
    std::string address = {};   ///< its peer address, with the port
    std::string protocol = {};  ///< the room's name, or "http"
    std::string listener = {};  ///< by its name; may be empty
    std::string domain = {};    ///< which realm is to be asked; empty: that of the broker

    /// The password, if it looks like a token that was signed (JWS, three parts in base64url);
    /// empty: it is no such thing.
    [[nodiscard]] std::string_view bearer_token() const;
};

}  // namespace tern::security
