#include "base/repetition.h"

#include <algorithm>
#include <iterator>

namespace tern::log {

std::optional<std::uint64_t> Repetition::pass(std::string_view module, std::string_view text,
                                              std::int64_t now_ms) {
    std::string kind(module);
    kind += ' ';
    std::ranges::copy_if(text, std::back_inserter(kind), [](char c) { return c < '0' || c > '9'; });
    const std::lock_guard lock(mutex_);
    if (kinds_.size() >= kKindsMax && !kinds_.contains(kind)) kinds_.clear();
    return kinds_[std::move(kind)].pass(now_ms);
}

}  // namespace tern::log
