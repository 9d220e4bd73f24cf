#pragma once

#include "broker/queue/entries.h"

#include <cstdint>
#include <vector>

// What the two parts of Entries have in common.

namespace tern::broker {

/// Of an entry among those of its chunk.
constexpr std::uint64_t bit(std::uint64_t ordinal) {
    return std::uint64_t{1} << (ordinal % Entries::kChunk);
}

/// Neither `clear` nor an assignment of `{}` does.
inline void free_memory(std::vector<Entry>& entries) {
    std::vector<Entry>().swap(entries);
}

}  // namespace tern::broker
