#include "protocol/amqp091/confirms.h"

#include <algorithm>
#include <utility>

namespace tern::amqp091 {

std::vector<std::uint64_t> Confirms::nacks() {
    for (const std::uint64_t sequence : refused_) {
        answered_.erase(sequence);
        told_singly_.insert(sequence);
    }
    return std::exchange(refused_, {});
}

std::vector<Confirms::Ack> Confirms::acks() {
    std::vector<Ack> acks;
    const std::uint64_t before = told_up_to_;
    std::uint64_t last = 0;  // of those never told that the prefix now covers
    std::size_t count = 0;
    for (;;) {
        const std::uint64_t next = told_up_to_ + 1;
        if (answered_.erase(next) > 0) {
            last = next;
            ++count;
        } else if (told_singly_.erase(next) == 0) {
            break;
        }
        told_up_to_ = next;
    }
    if (count > 0) acks.push_back({last, count > 1 || last > before + 1});
    for (const std::uint64_t sequence : answered_) {
        acks.push_back({sequence, false});
        told_singly_.insert(sequence);
    }
    answered_.clear();
    return acks;
}

}  // namespace tern::amqp091
