#pragma once

#include "security/realm.h"

#include <functional>

namespace tern::security {

/// Asks realms where nobody has to wait for it, and keeps those away who try too often.
class Gatekeeper {
public:
    virtual ~Gatekeeper() = default;

    /// From any thread; `answer` runs once, on one that is no shard.
    using Answer = std::move_only_function<void(Verdict)>;
    virtual void admit(Credentials shown, Answer answer) = 0;
};

}  // namespace tern::security
