#pragma once

#include "base/result.h"
#include "runtime/disk.h"

#include <string>
#include <string_view>

namespace tern::server {

// Files of the data directory that are read and written whole. Calls block.

/// Empty: there is none.
[[nodiscard]] Result<std::string> small_file(Disk& disk, const std::string& name);
/// Whatever happens, the file is as it was or as it is to be; once this has returned, the latter.
[[nodiscard]] Result<void> replace_file(Disk& disk, const std::string& name, std::string_view text);

}  // namespace tern::server
