#pragma once

#include "base/assert.h"
#include "runtime/event.h"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <utility>

namespace tern {

/// Counts the coroutines that use an object, so that its owner can wait until none is left. Each
/// takes a hold at its start; `close` returns when the last hold is gone. Belongs to one shard.
class Gate {
public:
    class Hold {
    public:
        Hold(Hold&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
        Hold& operator=(Hold&& other) noexcept {
            std::swap(gate_, other.gate_);
            return *this;
        }
        ~Hold() {
            if (gate_ != nullptr) gate_->leave();
        }

    private:
        friend class Gate;
        explicit Hold(Gate& gate) : gate_(&gate) {}
        Gate* gate_;
    };

    Gate() = default;
    ~Gate() { TERN_ASSERT(holds_ == 0); }
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    /// Not after `close`: nobody would wait for it.
    [[nodiscard]] Hold hold() {
        TERN_ASSERT(!closed_);
        ++holds_;
        return Hold(*this);
    }
    [[nodiscard]] bool closed() const { return closed_; }
    [[nodiscard]] std::size_t holds() const { return holds_; }

    /// Lets nobody in any more and waits until all have left. Call once.
    [[nodiscard]] boost::asio::awaitable<void> close();

private:
    void leave() {
        if (--holds_ == 0 && waiting_ != nullptr) waiting_->tell();
    }

    std::size_t holds_ = 0;
    bool closed_ = false;
    Event* waiting_ = nullptr;  // in `close`
};

}  // namespace tern
