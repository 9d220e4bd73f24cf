#pragma once

#include "store/recovery.h"
#include "store/segment_lookup.h"

namespace tern::store {

/// Adds to a queue of which the journal's messages are known those that wait in segments, each in
/// its place in the order. A message that is in both is taken from the segment; `moved` hears where
/// it lay in the journal.
///
/// Those that `accepted` names come one by one, without their messages.
[[nodiscard]] Result<void> add_waiting(
    SegmentLookup& lookup, RecoveredQueue& queue, std::span<const std::uint64_t> accepted,
    const std::function<void(broker::StoredAt in_journal)>& moved);

}  // namespace tern::store
