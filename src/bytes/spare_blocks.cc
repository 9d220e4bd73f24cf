#include "bytes/spare_blocks.h"

#include "base/assert.h"

#include <array>
#include <cstdlib>
#include <new>
#include <utility>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TERN_KEEPS_BLOCKS 0  // they are to see what is freed
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TERN_KEEPS_BLOCKS 0
#endif
#endif
#ifndef TERN_KEEPS_BLOCKS
#define TERN_KEEPS_BLOCKS 1
#endif

namespace tern {
namespace {

// Below, the C library is as quick, in bursts too.
constexpr std::size_t kBytesMin = 128;
constexpr std::size_t kBytesMax = std::size_t{20} * 1024;
/// Sizes are rounded up to a multiple of it.
constexpr std::size_t kStep = 64;
/// Of one thread. Beyond it the sizes have changed: it begins anew.
constexpr std::size_t kKeptMax = std::size_t{4} * 1024 * 1024;

constexpr std::size_t class_of(std::size_t bytes) {
    return (bytes + kStep - 1) / kStep;
}
constexpr std::size_t kClasses = class_of(kBytesMax) + 1;

constexpr bool is_kept(std::size_t bytes) {
    return TERN_KEEPS_BLOCKS != 0 && bytes >= kBytesMin && bytes <= kBytesMax;
}

void* allocate(std::size_t bytes) {
    void* const memory = std::malloc(bytes);
    TERN_ASSERT(memory != nullptr);
    return memory;
}

/// What one thread has freed, by size.
class Spare {
public:
    Spare() = default;
    ~Spare() { clear(); }
    Spare(const Spare&) = delete;
    Spare& operator=(const Spare&) = delete;

    void* take(std::size_t size) {
        Free*& first = first_[size];
        if (first == nullptr) return allocate(size * kStep);
        bytes_ -= size * kStep;
        return std::exchange(first, first->next);
    }
    void put(void* memory, std::size_t size) {
        if (bytes_ >= kKeptMax) clear();
        bytes_ += size * kStep;
        first_[size] = new (memory) Free{first_[size]};
    }

private:
    struct Free {
        Free* next;
    };

    void clear() {
        for (Free*& first : first_) {
            while (first != nullptr) std::free(std::exchange(first, first->next));
        }
        bytes_ = 0;
    }

    std::array<Free*, kClasses> first_{};
    std::size_t bytes_ = 0;
};

/// Null before the thread has freed anything, and when it ends.
thread_local Spare* t_spare = nullptr;

/// Makes the thread's, unless it is ending.
Spare* spare_of_thread() {
    struct Owner {
        Spare spare;
        ~Owner() { t_spare = nullptr; }
    };
    thread_local bool made = false;
    if (t_spare == nullptr && !std::exchange(made, true)) {
        thread_local Owner owner;
        t_spare = &owner.spare;
    }
    return t_spare;
}

}  // namespace

void* allocate_spare(std::size_t bytes) {
    if (!is_kept(bytes)) return allocate(bytes);
    if (t_spare == nullptr) return allocate(class_of(bytes) * kStep);
    return t_spare->take(class_of(bytes));
}

void free_spare(void* memory, std::size_t bytes) {
    if (is_kept(bytes)) {
        if (Spare* const spare = spare_of_thread()) return spare->put(memory, class_of(bytes));
    }
    std::free(memory);
}

}  // namespace tern
