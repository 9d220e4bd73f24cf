#pragma once

#include "store/tools/contents.h"
#include "store/tools/target.h"

namespace tern::store::tools {

/// Reads every byte that a start or a consumer may need and adds what is wrong to the contents'
/// findings: checksums of everything, and that queues, messages, bodies, transactions, exchanges
/// and bindings have what they refer to. Returns how many messages there are.
[[nodiscard]] Answer<std::uint64_t> check(Contents& contents);

/// Adds which indexes of segments are wrong: a start needs those of some blocks, and the contents
/// do not read them before the messages.
void check_indexes(Contents& contents);

/// Where a repair leaves what it replaces: a folder in the data directory.
struct Repaired {
    std::string aside;
    Copied copied;
};

/// The error: a repair was broken off, or has left a folder with what it replaced.
[[nodiscard]] Answer<void> refuse_leftovers(Disk& disk);

/// Ends a repair that was broken off while its store took its place; before the contents are read.
/// False: there is none.
[[nodiscard]] Answer<bool> finish_repair(Disk& disk);

/// Puts a store that has what can be read of the contents in the place of the one that is there,
/// which goes to a folder `aside-…`, whole. Whatever is on the queues then may have been consumed
/// before, and counts as possibly delivered. The contents are not valid any more.
///
/// `disk`: of the data directory, which nobody uses. `journal`: as for StoreBuilder.
[[nodiscard]] Answer<Repaired> repair(Disk& disk, Contents& contents, std::uint64_t journal,
                                      std::int64_t now_ms);

}  // namespace tern::store::tools
