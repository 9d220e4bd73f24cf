#pragma once

#include <cstddef>

namespace tern {

// Memory for blocks of some hundred bytes to some ten thousand: messages and what is to be sent.
// These come and go in bursts, of which the quick lists of the C library hold seven blocks a size,
// of up to 1 KiB. Each thread keeps some of what it freed.

/// Never fails: out of memory ends the process.
[[nodiscard]] void* allocate_spare(std::size_t bytes);
/// `bytes` as it was allocated with, by whichever thread.
void free_spare(void* memory, std::size_t bytes);

}  // namespace tern
