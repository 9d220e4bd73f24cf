#include "base/line_limit.h"

#include <utility>

namespace tern::log {

std::optional<std::uint64_t> LineLimit::pass(std::int64_t now_ms) {
    if (now_ms >= period_ends_ms_) {
        period_ends_ms_ = now_ms + kPeriodMs;
        written_ = 0;
    }
    if (written_ == lines_max_) {
        ++withheld_;
        return {};
    }
    ++written_;
    return std::exchange(withheld_, 0);
}

}  // namespace tern::log
