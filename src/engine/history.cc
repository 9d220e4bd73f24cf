#include "engine/history.h"

#include <algorithm>
#include <utility>

namespace tern::engine {
namespace {

using Kind = broker::TopicHistory::Kind;

std::size_t count_max(const broker::TopicHistory& policy) {
    switch (policy.kind) {
        case Kind::none:
        case Kind::query:  // which messages that would be, a Java class knows
        case Kind::retained:
            return 0;
        case Kind::last:
            return 1;
        case Kind::count:
            return static_cast<std::size_t>(std::max(policy.count, 0));
        case Kind::bytes:
        case Kind::time:
            break;
    }
    return SIZE_MAX;
}

std::size_t bytes_max(const broker::TopicHistory& policy) {
    return policy.kind == Kind::bytes ? static_cast<std::size_t>(std::max(policy.bytes, 0))
                                      : SIZE_MAX;
}

}  // namespace

void History::add(Remembered one, const broker::TopicHistory& policy) {
    const std::int64_t now_ms = one.at_ms;
    bytes_ += one.message->memory_bytes();
    kept_.push_back(std::move(one));
    std::ignore = recall(policy, now_ms);
}

const std::deque<Remembered>& History::recall(const broker::TopicHistory& policy,
                                              std::int64_t now_ms) {
    const auto is_old = [&](const Remembered& one) {
        return policy.kind == Kind::time && one.at_ms + policy.time_ms <= now_ms;
    };
    while (!kept_.empty() && (kept_.size() > count_max(policy) || bytes_ > bytes_max(policy) ||
                              is_old(kept_.front()))) {
        forget_oldest();
    }
    return kept_;
}

void History::forget_oldest() {
    bytes_ -= kept_.front().message->memory_bytes();
    kept_.pop_front();
}

}  // namespace tern::engine
