#include "store/replay_progress.h"

#include <fmt/format.h>

namespace tern::store {

std::optional<std::string> ReplayProgress::note(journal::FileNumber file, Time now) {
    ++records_;
    if (file != file_) ++files_;
    file_ = file;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - begin_).count();
    if (seconds == seconds_) return std::nullopt;
    seconds_ = seconds;
    return fmt::format("reading the journal: {} records of {} files in {} s", records_, files_,
                       seconds_);
}

std::optional<std::string> ReplayProgress::end(Time now) const {
    if (records_ == 0) return std::nullopt;
    const std::chrono::duration<double> time = now - begin_;
    return fmt::format("the journal was read: {} records of {} files in {:.1f} s", records_, files_,
                       time.count());
}

}  // namespace tern::store
