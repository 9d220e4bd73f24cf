#pragma once

#include "journal/salvage.h"
#include "store/tools/contents.h"
#include "store/tools/target.h"

#include <limits>
#include <string>

namespace tern::store::tools {

/// Which messages are wanted again.
struct ConsumedOptions {
    /// Sent then or later, and before then, in ms since 1970. A message that does not say when it
    /// was sent counts as sent together with the one before it.
    std::int64_t since_ms = std::numeric_limits<std::int64_t>::min();
    std::int64_t before_ms = std::numeric_limits<std::int64_t>::max();
    /// Only of this queue, see `is_called`; empty: of all.
    std::string queue{};
};

struct ConsumedCopied {
    Copied copied;
    /// Places that cannot be read in files that were archived, missing ones among them.
    std::vector<journal::Gap> gaps;
};

/// Copies, with their queues and nothing else, the messages that are not on a queue any more, as
/// far as the journal or its archive (`kArchiveFolder`) has them: as possibly delivered, on the
/// queues that they were on. `lost` are those whose body lay in a file of its own, which is gone.
///
/// Memory goes with the messages that still wait: 16 bytes for each and queue.
[[nodiscard]] Answer<ConsumedCopied> copy_consumed(Disk& disk, Contents& contents, Target& target,
                                                   const ConsumedOptions& options,
                                                   std::int64_t now_ms);

}  // namespace tern::store::tools
