#include "protocol/stomp/subscription.h"

#include <algorithm>
#include <utility>

namespace tern::stomp {

void Subscription::sent(const broker::DeliveryTag& tag, std::string message_id) {
    out_.push_back({++last_number_, tag, std::move(message_id), {}});
}

std::optional<std::size_t> Subscription::find(std::uint64_t number) const {
    const auto found = std::ranges::lower_bound(out_, number, {}, &Unacked::number);
    if (found == out_.end() || found->number != number || found->transaction) return {};
    return static_cast<std::size_t>(found - out_.begin());
}

std::optional<std::size_t> Subscription::find(std::string_view message_id) const {
    const auto found = std::ranges::find_if(
        out_, [&](const Unacked& one) { return !one.transaction && one.message_id == message_id; });
    if (found == out_.end()) return {};
    return static_cast<std::size_t>(found - out_.begin());
}

std::vector<broker::DeliveryTag> Subscription::acknowledge(std::size_t position,
                                                           broker::TransactionNumber transaction) {
    std::vector<broker::DeliveryTag> tags;
    const std::size_t first = mode_ == AckMode::client ? 0 : position;
    for (std::size_t i = first; i <= position; ++i) {
        if (out_[i].transaction) continue;
        tags.push_back(out_[i].tag);
        out_[i].transaction = transaction;
    }
    owed_ += static_cast<std::int64_t>(tags.size());
    if (transaction) return tags;
    const auto begin = out_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = out_.begin() + static_cast<std::ptrdiff_t>(position + 1);
    // What a transaction has taken in between stays with that.
    out_.erase(std::remove_if(begin, end, [](const Unacked& one) { return !one.transaction; }),
               end);
    return tags;
}

broker::DeliveryTag Subscription::take(std::size_t position) {
    const auto at = out_.begin() + static_cast<std::ptrdiff_t>(position);
    const broker::DeliveryTag tag = at->tag;
    out_.erase(at);
    ++owed_;
    return tag;
}

void Subscription::commit(broker::TransactionNumber transaction) {
    erase_if(out_, [&](const Unacked& one) { return one.transaction == transaction; });
}

void Subscription::roll_back(broker::TransactionNumber transaction) {
    for (Unacked& one : out_) {
        if (one.transaction != transaction) continue;
        one.transaction = {};
        --owed_;
    }
}

std::vector<broker::DeliveryTag> Subscription::unacknowledged() const {
    std::vector<broker::DeliveryTag> tags;
    for (const Unacked& one : out_) {
        if (!one.transaction) tags.push_back(one.tag);
    }
    return tags;
}

std::uint32_t Subscription::take_grant() {
    if (owed_ <= 0 || owed_ * 2 < static_cast<std::int64_t>(prefetch_)) return 0;
    return static_cast<std::uint32_t>(std::exchange(owed_, 0));
}

}  // namespace tern::stomp
