#pragma once

#include "base/result.h"

namespace tern::journal {

/// What can be wrong with a journal, beside what its disk says.
enum class Errc {
    /// Something that had been durable is damaged, or contradicts what lies around it.
    corrupt = 1,
    /// Written by a version that this one does not know.
    wrong_version,
    /// A file between two others is not there.
    file_missing,
    /// Appended after `close`.
    closed,
};

std::error_code make_error_code(Errc code) noexcept;

}  // namespace tern::journal

template <>
struct std::is_error_code_enum<tern::journal::Errc> : std::true_type {};
