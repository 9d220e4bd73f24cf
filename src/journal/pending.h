#pragma once

#include "base/assert.h"

#include <atomic>
#include <utility>

namespace tern::journal {

/// Counts the tasks on lanes that still know an object, so that its destructor can insist on zero.
/// A task gives its hold up before it does what may let the owner destroy the object.
class Pending {
public:
    class Hold {
    public:
        explicit Hold(Pending& pending) : pending_(&pending) { ++pending.count_; }
        Hold(Hold&& other) noexcept : pending_(std::exchange(other.pending_, nullptr)) {}
        Hold& operator=(Hold&& other) = delete;
        ~Hold() { release(); }

        void release() {
            if (pending_ != nullptr) --std::exchange(pending_, nullptr)->count_;
        }

    private:
        Pending* pending_;
    };

    Pending() = default;
    ~Pending() { TERN_ASSERT(count_ == 0); }
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;

private:
    std::atomic<int> count_{0};
};

}  // namespace tern::journal
