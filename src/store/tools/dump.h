#pragma once

#include "store/tools/contents.h"

#include <functional>
#include <string>

namespace tern::store::tools {

struct DumpOptions {
    /// Only records of this file, as in "journal/00000001.log"; empty: of all.
    std::string file{};
    /// Only records that concern this queue, see `is_called`; empty: all.
    std::string queue{};
    /// So much of a body is shown.
    std::size_t body_bytes = 0;
};

/// Hands each record of the files to `print`, a line without its end: those of the journal, then
/// messages in segments, then bodies in files of their own. Error: there is no such file or queue,
/// or the disk's.
[[nodiscard]] Answer<void> dump(Disk& disk, Contents& contents, const DumpOptions& options,
                                const std::function<void(const std::string& line)>& print);

}  // namespace tern::store::tools
