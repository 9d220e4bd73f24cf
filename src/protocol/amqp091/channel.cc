#include "protocol/amqp091/channel.h"

#include <algorithm>

namespace tern::amqp091 {

std::optional<std::vector<Unacked>> Unsettled::take(std::uint64_t tag, bool multiple) {
    if (multiple && tag == 0) return take_all();
    const auto found = std::ranges::lower_bound(all_, tag, {}, &Unacked::tag);
    if (found == all_.end() || found->tag != tag || found->settled) return std::nullopt;
    std::vector<Unacked> taken;
    for (auto one = multiple ? all_.begin() : found; one != std::next(found); ++one) {
        if (one->settled) continue;
        taken.push_back(*one);
        one->settled = true;
        ++settled_;
    }
    trim();
    return taken;
}

std::vector<Unacked> Unsettled::take_all() {
    std::vector<Unacked> taken;
    for (const Unacked& one : all_) {
        if (!one.settled) taken.push_back(one);
    }
    all_.clear();
    settled_ = 0;
    return taken;
}

void Unsettled::trim() {
    while (!all_.empty() && all_.front().settled) {
        all_.pop_front();
        --settled_;
    }
}

}  // namespace tern::amqp091
