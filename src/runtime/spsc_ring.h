#pragma once

#include "base/assert.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

namespace tern {

/// A bounded queue between two threads, one that pushes and one that pops, without locks. All
/// stores of its indexes are sequentially consistent: who pushes and then reads a "sleeping" flag,
/// and who sets that flag and then asks `empty`, cannot miss each other.
template <class T>
class SpscRing {
public:
    /// `capacity` is a power of two. The memory is touched only as it is used.
    explicit SpscRing(std::size_t capacity) : mask_(capacity - 1) {
        TERN_ASSERT(std::has_single_bit(capacity));
        slots_ = std::allocator<T>().allocate(capacity);
    }
    ~SpscRing() {
        std::vector<T> rest;
        std::ignore = pop(rest, mask_ + 1);
        std::allocator<T>().deallocate(slots_, mask_ + 1);
    }
    SpscRing(const SpscRing&) = delete;
    SpscRing& operator=(const SpscRing&) = delete;

    /// Moves in as many of `items`, from the first on, as there is room for; returns how many.
    /// Runs on: the pushing thread.
    [[nodiscard]] std::size_t push(std::span<T> items) {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);
        if (tail + items.size() - head_seen_ > mask_ + 1) {
            head_seen_ = head_.load(std::memory_order_acquire);
        }
        const std::size_t count = std::min(items.size(), mask_ + 1 - (tail - head_seen_));
        if (count == 0) return 0;
        for (std::size_t i = 0; i < count; ++i) {
            std::construct_at(slots_ + ((tail + i) & mask_), std::move(items[i]));
        }
        tail_.store(tail + count);
        return count;
    }

    /// Appends up to `limit` items to `into`; returns how many. Runs on: the popping thread.
    [[nodiscard]] std::size_t pop(std::vector<T>& into, std::size_t limit) {
        const std::size_t head = head_.load(std::memory_order_relaxed);
        const std::size_t count = std::min(tail_.load(std::memory_order_acquire) - head, limit);
        if (count == 0) return 0;
        for (std::size_t i = 0; i < count; ++i) {
            T& slot = slots_[(head + i) & mask_];
            into.push_back(std::move(slot));
            std::destroy_at(&slot);
        }
        head_.store(head + count);
        return count;
    }

    /// Exact on the popping thread, as far as it may know; from others a hint.
    [[nodiscard]] bool empty() const { return tail_.load() == head_.load(); }
    /// Exact on the pushing thread, as far as it may know; from others a hint.
    [[nodiscard]] bool full() const { return tail_.load() - head_.load() > mask_; }

private:
    static constexpr std::size_t kCacheLine = 64;

    T* slots_;
    const std::size_t mask_;
    alignas(kCacheLine) std::atomic<std::size_t> head_{0};
    alignas(kCacheLine) std::atomic<std::size_t> tail_{0};
    /// The pusher's copy of head_, so that it looks at the other's cache line only when it seems
    /// full.
    std::size_t head_seen_ = 0;
};

}  // namespace tern
