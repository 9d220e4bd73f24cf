#pragma once

#include "security/realm.h"

#include <functional>

namespace tern::security {

/// Asks realms where nobody has to wait for it, and keeps those away who try too often.
class Gatekeeper {
public:
    virtual ~Gatekeeper() = default;

    /// From any thread; `answer` runs once, on any thread, perhaps before this returns.
    using Answer = std::move_only_function<void(Verdict)>;
    virtual void admit(Credentials shown, Answer answer) = 0;

    /// What clients may show instead of a password. From any thread, at once.
    [[nodiscard]] virtual broker::LoginWays login_ways() const { return {}; }
    /// What the user named in `shown` is to prove its password with. As `admit`.
    using Challenged = std::move_only_function<void(std::optional<broker::ScramChallenge>)>;
    virtual void challenge(Credentials, Challenged answer) { answer({}); }
};

}  // namespace tern::security
