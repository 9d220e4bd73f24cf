#include "message/live.h"

#include <algorithm>
#include <atomic>

namespace tern::message {
namespace {

/// What one thread made and freed; only the sum of all means something. Nobody else writes it, so
/// that counting needs no locked instruction, and it has a line of the cache to itself.
struct alignas(64) Tally {
    std::atomic<std::int64_t> bytes{0};
    std::atomic<std::int64_t> messages{0};
    std::atomic<bool> taken{true};
    Tally* next = nullptr;  ///< set once, before others see it
};

/// Grows only: as long as the most threads there ever were at a time.
std::atomic<Tally*> g_tallies{nullptr};

Tally* take_tally() {
    for (Tally* one = g_tallies.load(std::memory_order_acquire); one != nullptr; one = one->next) {
        bool taken = false;
        if (one->taken.compare_exchange_strong(taken, true, std::memory_order_acquire)) return one;
    }
    auto* const fresh = new Tally;
    fresh->next = g_tallies.load(std::memory_order_relaxed);
    while (!g_tallies.compare_exchange_weak(fresh->next, fresh, std::memory_order_release)) {
    }
    return fresh;
}

/// Another thread goes on from what this one counted when it ends.
class Lease {
public:
    Lease() : tally_(take_tally()) {}
    ~Lease() { tally_->taken.store(false, std::memory_order_release); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    void count(std::int64_t bytes, std::int64_t messages) {
        add(tally_->bytes, bytes);
        add(tally_->messages, messages);
    }

private:
    static void add(std::atomic<std::int64_t>& to, std::int64_t more) {
        to.store(to.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
    }

    Tally* const tally_;
};

}  // namespace

Live live() {
    std::int64_t bytes = 0;
    std::int64_t messages = 0;
    const Tally* one = g_tallies.load(std::memory_order_acquire);
    for (; one != nullptr; one = one->next) {
        bytes += one->bytes.load(std::memory_order_relaxed);
        messages += one->messages.load(std::memory_order_relaxed);
    }
    return {static_cast<std::size_t>(std::max<std::int64_t>(bytes, 0)),
            static_cast<std::size_t>(std::max<std::int64_t>(messages, 0))};
}

void count_live(std::int64_t bytes, std::int64_t messages) {
    thread_local Lease mine;
    mine.count(bytes, messages);
}

}  // namespace tern::message
