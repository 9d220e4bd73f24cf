#include "broker/queue/deadlines.h"

namespace tern::broker {

void Deadlines::add(std::int64_t at_ms, std::uint64_t ordinal) {
    heap_.push_back({at_ms, ordinal});
    std::ranges::push_heap(heap_, std::greater{});
}

void Deadlines::take_first() {
    std::ranges::pop_heap(heap_, std::greater{});
    heap_.pop_back();
}

std::int64_t Deadlines::find_ms(std::uint64_t ordinal) const {
    std::int64_t at_ms = kNever;
    for (const Deadline& one : heap_) {
        if (one.ordinal == ordinal) at_ms = std::min(at_ms, one.at_ms);
    }
    return at_ms;
}

std::vector<std::uint64_t> Deadlines::due(std::int64_t now_ms, std::size_t most) {
    std::vector<Deadline> found;
    while (found.size() < most && first_ms() <= now_ms) {
        found.push_back(heap_.front());
        take_first();
    }
    std::vector<std::uint64_t> ordinals;
    for (const Deadline& one : found) {
        add(one.at_ms, one.ordinal);
        ordinals.push_back(one.ordinal);
    }
    return ordinals;
}

}  // namespace tern::broker
