#pragma once

#include <cstddef>
#include <cstdint>

namespace tern::message {

/// What the messages of this process take in memory, wherever they are.
struct Live {
    std::size_t bytes = 0;
    std::size_t messages = 0;
};

/// From any thread. Others count meanwhile: it is about right.
[[nodiscard]] Live live();

/// For `Message` alone: one was made (`messages` 1) or freed (−1).
void count_live(std::int64_t bytes, std::int64_t messages);

}  // namespace tern::message
