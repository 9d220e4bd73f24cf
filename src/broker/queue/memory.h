#pragma once

#include <cstddef>

namespace tern::broker {

/// How much memory messages on queues may take. One for all queues of a shard.
struct Memory {
    std::size_t queue_bytes_max = std::size_t{16} * 1024 * 1024;  ///< of one queue
    std::size_t bytes_max = std::size_t{256} * 1024 * 1024;       ///< of all of them
    std::size_t bytes = 0;                                        ///< taken
};

}  // namespace tern::broker
