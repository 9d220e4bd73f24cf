#pragma once

#include "runtime/loop.h"

namespace tern {

/// A thread with a mailbox, for work that blocks: syncs, password hashing, name lookups. Tasks run
/// one after the other in the order of submission.
class Lane {
public:
    virtual ~Lane() = default;
    /// From any thread.
    virtual void submit(Task task) = 0;
};

}  // namespace tern
