#pragma once

#include "broker/api/ids.h"
#include "message/message.h"

#include <vector>

namespace tern::broker {

/// A message that shall have a place in a segment.
struct PageOut {
    std::uint64_t ordinal = 0;
    StoredAt at{};  ///< where it lies so far: in the journal, or nowhere
    MessagePtr message{};
    bool announced = false;  ///< somebody may have seen it
    bool shared = false;     ///< other queues have it, too
};

/// A message that shall come back into memory.
struct PageIn {
    std::uint64_t ordinal = 0;
    Place place{};
};

/// A message that came back.
struct PagedIn {
    std::uint64_t ordinal = 0;
    std::uint64_t lsn = 0;
    MessagePtr message{};  ///< null: it cannot be read any more
    bool announced = false;
};

/// Messages of a queue that wait in consecutive slots of a segment, as a start finds them.
struct PagedRun {
    Place first{};
    std::uint32_t count = 0;
    std::uint8_t priority = 4;
    std::int64_t first_expiry_ms = 0;  ///< none expires before; 0: none ever does
    std::uint64_t bytes = 0;           ///< of all of them, about
    /// When each of them expires, 0: never; or nothing, if that is not known one by one.
    std::vector<std::int64_t> deadlines{};
};

}  // namespace tern::broker
