#pragma once

#include "journal/file_scan.h"

#include <vector>

namespace tern::journal {

struct KnownFile {
    FileNumber number;
    std::uint64_t bytes = 0;
    Lsn first{};  ///< of its records; for those of the log
};

/// What a look through the folder found.
struct Recovered {
    /// 0: there is no journal yet.
    std::uint64_t journal = 0;
    /// The files of the log, the oldest first; the log goes on in the last.
    std::vector<KnownFile> log;
    /// Files that were made ahead and never begun.
    std::vector<KnownFile> spares;
    /// Begun, but behind the end of the log: to be removed, the last first.
    std::vector<FileNumber> discarded;
    Lsn next{1};
    /// Where the log ends in its last file, and where the frame before that begins; the file's
    /// header counts as one.
    std::uint64_t end = 0;
    std::uint64_t last_frame = 0;
    /// Places in the last file, behind the end, where frame headers of unfinished commits stand.
    std::vector<std::uint64_t> stale;
    /// Something of an unfinished commit stands behind the end: of one that was under way when the
    /// power failed, or of one that was damaged.
    bool cut = false;
    /// Some file before the last may not be on the medium yet (it was written without syncs).
    bool unsynced = false;
    /// A file that was being made when the process died.
    bool unfinished_file = false;
};

/// The file in which a spare is made before it gets its name.
inline constexpr const char* kUnfinishedFile = "prepare.tmp";

/// Reads the whole journal, hands its records to `visit` and changes nothing.
///
/// The log ends at the first frame that is not whole and right. That is damage if anything behind
/// it says that the records missing there had been durable already; a commit that was under way
/// when the power failed leaves nothing that says so. Errors: as Journal::replay.
[[nodiscard]] Result<Recovered> recover(Disk& disk, Visitor& visit);

}  // namespace tern::journal
