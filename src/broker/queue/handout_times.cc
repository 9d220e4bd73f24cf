#include "broker/queue/handout_times.h"

namespace tern::broker {

std::int64_t HandoutTimes::since_ms(std::uint64_t ordinal) const {
    std::int64_t found = notes_.empty() ? 0 : notes_.front().at_ms;
    for (const Note& one : notes_) {
        if (one.ordinal <= ordinal) found = one.at_ms;
    }
    return found;
}

void HandoutTimes::add(std::uint64_t ordinal, std::int64_t now_ms) {
    if (notes_.size() == kNotes) forget_one(now_ms);
    if (notes_.capacity() == 0) notes_.reserve(kNotes);
    notes_.push_back({ordinal, now_ms});
}

void HandoutTimes::forget_one(std::int64_t now_ms) {
    std::size_t nearest = 1;
    double least = 2;
    for (std::size_t i = 1; i + 1 < notes_.size(); ++i) {
        const auto gap = static_cast<double>(notes_[i + 1].at_ms - notes_[i - 1].at_ms);
        const auto age = static_cast<double>(now_ms - notes_[i - 1].at_ms);
        if (gap / age >= least) continue;
        least = gap / age;
        nearest = i;
    }
    notes_.erase(notes_.begin() + static_cast<std::ptrdiff_t>(nearest));
}

}  // namespace tern::broker
