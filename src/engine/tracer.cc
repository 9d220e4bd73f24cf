#include "engine/tracer.h"

#include <algorithm>
#include <cmath>

namespace tern::engine {

void Tracer::set_share(double share) {
    share_ = std::clamp(share, 0.0, 1.0);
    threshold_ = static_cast<std::uint64_t>(std::llround(share_ * 0x1p32));
}

std::uint64_t Tracer::draw() {
    // Steps of the golden ratio: evenly spread, and no pattern of a client's repeats in them.
    dice_ += 0x9E3779B97F4A7C15ULL;
    return dice_ >> 32 < threshold_ ? ++last_ : 0;
}

void Tracer::note(broker::TraceEvent event) {
    if (event.message == 0) return;
    if (events_.size() == kEventsMax) events_.pop_front();
    events_.push_back(std::move(event));
}

bool Tracer::follow(std::uint64_t message, broker::QueueId queue, std::uint64_t ordinal) {
    if (count_ == kPlacesMax) return false;
    if (places_[queue].emplace(ordinal, message).second) ++count_;
    return true;
}

std::uint64_t Tracer::find(broker::QueueId queue, std::uint64_t ordinal) const {
    const auto there = places_.find(queue);
    if (there == places_.end()) return 0;
    const auto found = there->second.find(ordinal);
    return found == there->second.end() ? 0 : found->second;
}

bool Tracer::forget(broker::QueueId queue, std::uint64_t ordinal) {
    const auto there = places_.find(queue);
    if (there == places_.end()) return true;
    count_ -= there->second.erase(ordinal);
    if (!there->second.empty()) return false;
    places_.erase(there);
    return true;
}

void Tracer::forget(broker::QueueId queue) {
    const auto there = places_.find(queue);
    if (there == places_.end()) return;
    count_ -= there->second.size();
    places_.erase(there);
}

}  // namespace tern::engine
