#include "server/repeated_lines.h"

namespace tern::server {

bool RepeatedLines::pass(const log::Line& line) {
    if (lines_max_ == 0 || line.level == log::Level::debug) return true;
    const std::scoped_lock lock(mutex_);
    Kind& kind = kinds_[{line.module, line.format}];
    if (kind.passed < lines_max_) {
        ++kind.passed;
        return true;
    }
    kind.withheld.level = line.level;
    kind.withheld.module = line.module;
    ++kind.withheld.count;
    kind.withheld.last = line.text;
    return false;
}

std::vector<RepeatedLines::Withheld> RepeatedLines::end_period() {
    const std::scoped_lock lock(mutex_);
    std::vector<Withheld> withheld;
    for (auto& [place, kind] : kinds_) {
        if (kind.withheld.count > 0) withheld.push_back(std::move(kind.withheld));
    }
    kinds_.clear();
    return withheld;
}

}  // namespace tern::server
