#pragma once

#include "runtime/disk.h"
#include "runtime/random.h"
#include "runtime/sealed/key_provider.h"

#include <cstdint>
#include <vector>

namespace tern {

/// How the files of a directory that nobody uses shall be encrypted from now on.
struct Rekeying {
    KeyProvider* from = nullptr;  ///< null: they are not encrypted
    KeyProvider* to = nullptr;    ///< null: they shall not be
    /// Only what wraps the data keys changes; no file does.
    bool keep_data_keys = false;
    std::vector<std::string> folders;  ///< where the files are
};

struct Rekeyed {
    std::uint64_t files = 0;  ///< written anew
    std::uint64_t bytes = 0;  ///< of their content
};

/// Writes each file anew, with a data key of its own time, and forgets the data keys of before.
/// When it is broken off, nobody but this function takes the directory: called again with the same
/// keys, it goes on.
[[nodiscard]] std::expected<Rekeyed, std::string> rekey(Disk& disk, const Rekeying& how,
                                                        Random& random);

}  // namespace tern
