#include "gateway/intake.h"

#include <algorithm>
#include <utility>

namespace tern::gateway {
namespace {

/// What a sender that is called is taken to send.
constexpr std::int64_t kReadBytes = std::int64_t{128} * 1024;
/// When nothing happens in between, consumers have gone, or have what they need.
constexpr Millis kLookAgain{1};

}  // namespace

Intake::Intake(Loop& loop, std::move_only_function<Consumers()> look)
    : loop_(loop),
      look_(std::move(look)),
      seen_at_(loop.clock().now()),
      timer_([this] { schedule(); }) {}

bool Intake::admits(Sender& sender) {
    if (sender.called || (waiting_.empty() && left_ > 0)) return true;
    if (!std::exchange(sender.waits, true)) waiting_.push_back(&sender);
    schedule();
    return false;
}

void Intake::took(Sender& sender, std::size_t bytes) {
    uncall(sender);
    left_ -= static_cast<std::int64_t>(bytes);
    schedule();
}

void Intake::heard() {
    if (!waiting_.empty()) schedule();
}

void Intake::forget(Sender& sender) {
    uncall(sender);
    if (std::exchange(sender.waits, false)) std::erase(waiting_, &sender);
}

void Intake::uncall(Sender& sender) {
    if (std::exchange(sender.called, false) && called_ > 0) --called_;
}

void Intake::schedule() {
    if (!std::exchange(scheduled_, true)) loop_.at_turn_end([this] { turn(); });
}

void Intake::turn() {
    scheduled_ = false;
    called_ = 0;  // whoever has not been read by now has nothing to say
    refill();
    for (std::int64_t planned = left_; planned > 0 && !waiting_.empty(); planned -= kReadBytes) {
        Sender& next = *waiting_.front();
        waiting_.pop_front();
        next.waits = false;
        next.called = true;
        ++called_;
        next.resume();
    }
    if (!waiting_.empty()) loop_.timers().arm(timer_, loop_.clock().now() + kLookAgain);
}

void Intake::refill() {
    const Consumers consumers = look_();
    const Instant now = loop_.clock().now();
    const std::uint64_t taken = consumers.bytes - std::exchange(seen_bytes_, consumers.bytes);
    const Instant::duration passed = now - std::exchange(seen_at_, now);
    if (!consumers.starve) {
        left_ = kTurnBytes;
        return;
    }
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(
                        std::min<Instant::duration>(passed, std::chrono::seconds(1)))
                        .count();
    // A quarter more than they take, or they could never take more than they did before.
    const std::uint64_t more = std::min<std::uint64_t>(taken + taken / 4, kStarvedTurnBytes);
    const std::int64_t earned = static_cast<std::int64_t>(more) + us * kBytesPerSecond / 1'000'000;
    left_ = std::min(left_ + earned, kStarvedTurnBytes);
}

}  // namespace tern::gateway
