#pragma once

#include "journal/journal.h"

#include <chrono>
#include <optional>
#include <string>

namespace tern::store {

/// What to say of the journal that is read: how far that is, if it takes more than a second, and
/// what it was.
class ReplayProgress {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit ReplayProgress(Time begin) : begin_(begin) {}

    /// After each record. A line once a second, from the second one on.
    [[nodiscard]] std::optional<std::string> note(journal::FileNumber file, Time now);
    /// The last line, if there was anything to read.
    [[nodiscard]] std::optional<std::string> end(Time now) const;

private:
    const Time begin_;
    std::int64_t seconds_ = 0;  ///< of which something was said
    std::uint64_t records_ = 0;
    std::uint64_t files_ = 0;
    journal::FileNumber file_;
};

}  // namespace tern::store
