#include "protocol/openwire/consumer.h"

#include "protocol/openwire/codec/connection_commands.h"

#include <algorithm>

namespace tern::openwire {

void Consumer::sent(const Dispatched& message) {
    if (message.tag.queue) --granted_;
    in_flight_.push_back(message);
}

std::optional<Consumer::Range> Consumer::find_one(const std::optional<MessageId>& id) const {
    if (!id) return {};
    const MessageKey key = key_of(*id);
    const auto found = std::ranges::find(in_flight_, key, &Dispatched::key);
    if (found == in_flight_.end()) return {};
    const auto position = static_cast<std::size_t>(found - in_flight_.begin());
    return Range{position, position + 1};
}

std::optional<Consumer::Range> Consumer::find(const std::optional<MessageId>& first,
                                              const std::optional<MessageId>& last) const {
    const auto end = find_one(last);
    if (!end) return {};
    if (!first) return Range{0, end->second};
    const auto begin = find_one(first);
    if (!begin || begin->first > end->first) return {};
    return Range{begin->first, end->second};
}

Consumer::Range Consumer::oldest(std::size_t count) const {
    return {0, std::min(count, in_flight_.size())};
}

std::vector<broker::DeliveryTag> Consumer::tags(Range range) const {
    std::vector<broker::DeliveryTag> tags;
    tags.reserve(range.second - range.first);
    for (std::size_t i = range.first; i < range.second; ++i) {
        if (in_flight_[i].tag.queue) tags.push_back(in_flight_[i].tag);
    }
    return tags;
}

void Consumer::acknowledge(Range range) {
    shrink_extension(static_cast<std::int64_t>(range.second - range.first));
    const auto begin = in_flight_.begin();
    in_flight_.erase(begin + static_cast<std::ptrdiff_t>(range.first),
                     begin + static_cast<std::ptrdiff_t>(range.second));
}

void Consumer::stage(Range range, broker::TransactionNumber transaction, bool extends) {
    for (std::size_t i = range.first; i < range.second; ++i) {
        if (in_flight_[i].transaction) continue;
        in_flight_[i].transaction = transaction;
        in_flight_[i].extends = extends;
        if (extends) ++extension_;
    }
}

void Consumer::commit(broker::TransactionNumber transaction) {
    const auto count =
        erase_if(in_flight_, [&](const Dispatched& d) { return d.transaction == transaction; });
    shrink_extension(static_cast<std::int64_t>(count));
}

void Consumer::rollback(broker::TransactionNumber transaction) {
    for (Dispatched& one : in_flight_) {
        if (one.transaction != transaction) continue;
        one.transaction = {};
        if (std::exchange(one.extends, false)) shrink_extension(1);
    }
}

std::uint32_t Consumer::take_grant() {
    if (prefetch_ == 0) return 0;  // what was announced or staged is no pull
    const std::int64_t room = prefetch_ - static_cast<std::int64_t>(in_flight_.size()) + extension_;
    const std::int64_t more = room - granted_;
    if (more <= 0) return 0;
    granted_ = room;
    return static_cast<std::uint32_t>(more);
}

std::vector<broker::DeliveryTag> Consumer::failed(std::int64_t last_delivered) const {
    if (last_delivered == RemoveInfo::kNoneDelivered) return {};
    std::vector<broker::DeliveryTag> tags;
    bool found = last_delivered == RemoveInfo::kUnknownDelivered;
    for (const Dispatched& one : in_flight_) {
        if (one.tag.queue) tags.push_back(one.tag);
        if (one.sequence == last_delivered) {
            found = true;
            break;
        }
    }
    return found ? tags : std::vector<broker::DeliveryTag>();
}

void Consumer::shrink_extension(std::int64_t by) {
    extension_ = std::max<std::int64_t>(0, extension_ - by);
}

}  // namespace tern::openwire
