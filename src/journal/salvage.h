#pragma once

#include "journal/file_scan.h"
#include "journal/format.h"

#include <string>
#include <vector>

namespace tern::journal {

/// A place where a journal is damaged.
struct Gap {
    std::string file;  ///< as in "journal/00000001.log"
    std::uint64_t offset = 0;
    const char* what = nullptr;
};

struct Salvaged {
    std::uint64_t journal = 0;  ///< 0: there is no header left that names it
    Lsn next{1};                ///< behind the last record that was read
    std::vector<Gap> gaps;      ///< none: `recover` reads the same
};

/// Reads a damaged journal as far as it can be read: every frame that is whole and right, in the
/// order of the records, whatever lies between them. Changes nothing. What was settled in a damaged
/// place seems to be there still. `folder`: of the journal, or `kArchiveFolder`. Errors:
/// wrong_version, or the disk's.
[[nodiscard]] Result<Salvaged> salvage(Disk& disk, Visitor& visit, const char* folder = kFolder);

}  // namespace tern::journal
