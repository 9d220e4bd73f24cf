#pragma once

#include "broker/api/login.h"
#include "security/credentials.h"
#include "security/identity.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

namespace tern::security {

/// Why a realm does not vouch for somebody.
struct Refusal {
    enum class Why : std::uint8_t {
        abstains,     ///< this is not for it to decide, as a module of JAAS that is to be ignored
        unknown,      ///< no such user, so that nothing was compared: a failed login
        wrong,        ///< what it shows is wrong: a failed login
        unavailable,  ///< it cannot say: its server is down or too slow, its file unreadable
    };

    Why why = Why::wrong;
    std::string reason;  ///< for the log, not for the client; never a secret
};

using Verdict = std::expected<IdentityPtr, Refusal>;

/// What a server keeps of a password for SCRAM (RFC 5802, 3).
struct ScramKeys {
    ScramHash hash = ScramHash::sha256;
    std::string salt;
    std::uint32_t iterations = 0;
    std::string stored_key;
    std::string server_key;
};

/// Knows users and how they show who they are.
class Realm {
public:
    virtual ~Realm() = default;

    /// Who shows these. May block for as long as its own time limit allows.
    ///
    /// Runs on: lanes, several at a time; never a shard.
    [[nodiscard]] virtual Verdict authenticate(const Credentials& shown) = 0;

    /// Takes as long as comparing the password of somebody who is known does. For whoever has no
    /// other way to tell; runs where `authenticate` does.
    virtual void pretend(const Credentials&) {}

    /// What clients may show instead of a password. SCRAM only if all its users can: a client that
    /// may choose it does. May block; runs where `authenticate` does.
    [[nodiscard]] virtual broker::LoginWays login_ways() { return {}; }
    /// Whether it looks at passwords, in whatever form.
    [[nodiscard]] virtual bool takes_passwords() const { return true; }
    /// What the user named in `shown` is to prove its password with, by the hash that is in there;
    /// made up for one whom it does not know. Nothing: it cannot say. May block; runs where
    /// `authenticate` does.
    [[nodiscard]] virtual std::optional<ScramKeys> scram_keys(const Credentials&) { return {}; }
};

using RealmPtr = std::shared_ptr<Realm>;

/// A refusal of that kind.
[[nodiscard]] inline std::unexpected<Refusal> refusal(Refusal::Why why, std::string reason) {
    return std::unexpected(Refusal{why, std::move(reason)});
}

}  // namespace tern::security
