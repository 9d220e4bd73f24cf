#include "trace.h"

#include <cstdio>

namespace tern::simulation {

void Trace::add(std::string line) {
    line = fmt::format("{:6} {}", ++count_, line);
    if (echo_) fmt::print(stderr, "{}\n", line);
    lines_.push_back(std::move(line));
    if (lines_.size() > kLinesKept) lines_.pop_front();
}

void Trace::print(std::size_t lines) const {
    if (echo_) return;
    const std::size_t first = lines_.size() > lines ? lines_.size() - lines : 0;
    for (std::size_t i = first; i < lines_.size(); ++i) fmt::print(stderr, "{}\n", lines_[i]);
}

}  // namespace tern::simulation
