// The part of Queue that keeps of messages with the same value of a property only the newest one.
#include "broker/queue/queue.h"

#include <array>
#include <utility>

namespace tern::broker {

void Queue::keep_last_values(KeyOf value_of) {
    value_of_ = std::move(value_of);
    newest_.clear();
    if (!value_of_) return;
    std::vector<std::pair<std::uint64_t, MessagePtr>> known;
    entries_.visit([&](std::uint64_t ordinal, const Entry& entry) {
        if (entry.message != nullptr) known.emplace_back(ordinal, entry.message);
        return true;
    });
    for (const auto& [ordinal, message] : known) note_value(ordinal, *message);
}

/// What waits on disk since an earlier run is compared when it comes.
void Queue::note_value(std::uint64_t ordinal, const Message& message) {
    if (!value_of_) return;
    const std::string value = value_of_(message);
    if (value.empty()) return;
    const auto [found, added] = newest_.try_emplace(value, ordinal);
    if (added || found->second == ordinal) return;
    const std::uint64_t older = std::min(found->second, ordinal);
    found->second = std::max(found->second, ordinal);
    // What a consumer has is its own; should it come back, it has been replaced.
    remove(std::array{older});
}

void Queue::forget_value(std::uint64_t ordinal) {
    if (!value_of_) return;
    const Entry* const entry = entries_.find(ordinal);
    if (entry == nullptr || entry->message == nullptr) return;
    const auto found = newest_.find(value_of_(*entry->message));
    if (found != newest_.end() && found->second == ordinal) newest_.erase(found);
}

}  // namespace tern::broker
