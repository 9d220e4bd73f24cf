#include "broker/queue/latency_probe.h"

#include <algorithm>
#include <utility>

namespace tern::broker {

LatencyProbe::State& LatencyProbe::state() {
    if (state_ == nullptr) state_ = std::make_unique<State>();
    if (state_->since_ms == 0) state_->since_ms = served_ms_;
    if (served_ms_ - state_->since_ms >= kWindowMs) {
        const bool lapsed = served_ms_ - state_->since_ms >= 2 * kWindowMs;
        state_->before = lapsed ? Window() : state_->now;
        state_->now = {};
        state_->since_ms = served_ms_;
    }
    return *state_;
}

LatencyProbe::Timed* LatencyProbe::find(std::uint64_t ordinal) {
    if (state_ == nullptr) return nullptr;
    const auto found = std::ranges::find(state_->timed, ordinal, &Timed::ordinal);
    return found == state_->timed.end() ? nullptr : &*found;
}

void LatencyProbe::add(Latency& total, Histogram& recent, std::int64_t us) {
    recent.add(us);
    ++total.count;
    total.sum_us += static_cast<std::uint64_t>(std::max<std::int64_t>(us, 0));
}

void LatencyProbe::handed_out(std::uint64_t ordinal, std::int64_t now_us) {
    Timed* const timed = find(ordinal);
    if (timed == nullptr || timed->handed_out_us != 0) return;
    timed->handed_out_us = now_us;
    State& here = state();
    add(here.totals.queueing, here.now.queueing, now_us - timed->came_us);
}

void LatencyProbe::accepted(std::uint64_t ordinal, std::int64_t now_us) {
    Timed* const timed = find(ordinal);
    if (timed == nullptr || timed->handed_out_us == 0) return;
    State& here = state();
    add(here.totals.delivery, here.now.delivery, now_us - timed->handed_out_us);
    *timed = {};
}

void LatencyProbe::confirmed(std::int64_t us) {
    wants_confirm_ = false;
    State& here = state();
    add(here.totals.confirm, here.now.confirm, us);
}

LatenciesPtr LatencyProbe::latencies(std::int64_t now_ms) const {
    if (state_ == nullptr) return nullptr;
    auto all = std::make_shared<Latencies>(state_->totals);
    // Something may have come before the queue was served for the first time.
    const std::int64_t since_ms = state_->since_ms != 0 ? state_->since_ms : served_ms_;
    const std::int64_t age_ms = since_ms == 0 ? 0 : now_ms - since_ms;
    const auto recent = [&](Histogram Window::* which) {
        Histogram sum;
        if (age_ms < 2 * kWindowMs) sum += state_->now.*which;
        if (age_ms < kWindowMs) sum += state_->before.*which;
        return sum;
    };
    all->confirm.recent = recent(&Window::confirm);
    all->queueing.recent = recent(&Window::queueing);
    all->delivery.recent = recent(&Window::delivery);
    return all;
}

}  // namespace tern::broker
