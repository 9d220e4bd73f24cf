#include "runtime/shard.h"

#include "base/assert.h"
#include "runtime/thread.h"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tern {
namespace {

/// The shard whose thread this is.
thread_local const Shard* t_shard = nullptr;

void run_all(std::vector<Task>& tasks) {
    // A task is destroyed before the next one runs, as if each came alone.
    for (Task& task : tasks) std::exchange(task, nullptr)();
    tasks.clear();
}

}  // namespace

Shard::Shard(ShardId id, std::uint16_t count)
    : id_(id),
      count_(count),
      timers_(clock_.now()),
      work_(context_.get_executor()),
      outbound_(count) {
    for (std::uint16_t sender = 0; sender < count; ++sender) {
        inbound_.push_back(sender == id.value ? nullptr : std::make_unique<Inbound>());
    }
}

Shard::~Shard() {
    TERN_ASSERT(!thread_.joinable());
}

void Shard::post(ShardId target, Task task) {
    TERN_ASSERT(on_own_thread());
    outbound_[target.value].push_back(std::move(task));
}

void Shard::deliver(Task task) {
    {
        const std::lock_guard lock(delivered_mutex_);
        delivered_.push_back(std::move(task));
        has_delivered_.store(true);
    }
    wake();
}

void Shard::at_turn_end(Task task) {
    TERN_ASSERT(on_own_thread());
    turn_end_.push_back(std::move(task));
}

void Shard::when_clear(Task task) {
    TERN_ASSERT(on_own_thread());
    when_clear_.push_back(std::move(task));
}

bool Shard::on_own_thread() const {
    return t_shard == this || !thread_.joinable();
}

void Shard::start() {
    thread_ = start_thread(fmt::format("shard-{}", id_.value), [this] { run(); });
}

void Shard::request_stop() {
    deliver([this] { stopping_ = true; });
}

void Shard::join() {
    thread_.join();
}

void Shard::run() {
    t_shard = this;
    if (attended_ != nullptr) attended_->attend(*this);
    // What was posted while the shard was being prepared.
    run_turn_end();
    flush();
    while (!stopping_) turn();
}

/// On another thread, while this shard's own is held up in `wait`: between two turns.
void Shard::stand_in() {
    t_shard = this;
    while (!stopping_ && !std::exchange(recalled_, false)) turn();
    t_shard = nullptr;
}

void Shard::recall() {
    deliver([this] { recalled_ = true; });
}

void Shard::turn() {
    wait();
    run_handlers();
    collect();
    run_collected();
    timers_.advance(clock_.now());
    run_turn_end();
    flush();
}

/// Looks after the lane. True when there was something else to do, or is now.
bool Shard::attend_lane() {
    if (attended_ == nullptr || !attended_->attended()) return false;
    const bool lingers = std::exchange(lingers_, false);
    if (context_.poll_one() > 0 || !nothing_to_do()) {
        // What it lingers for may just have come: this turn tells.
        if (!lingers) attended_->hand_over();
        return true;
    }
    if (lingers && (spin() || sleep(clock_.now() + kLinger))) return true;
    attended_->help();
    return true;
}

/// Looks again and again for a moment, if that is how long waits are. True when there is something
/// to do, or the handler of an event has run.
bool Shard::spin() {
    if (usual_wait_ > kQuickWait || credit_ < kSpin) return false;
    const Instant began = clock_.now();
    for (Instant now = began; now - began < kSpin; now = clock_.now()) {
        if (context_.poll_one() == 0 && nothing_to_do()) continue;
        note_wait(now - began, kCreditOfFind);
        return true;
    }
    credit_ -= kSpin;
    return false;
}

void Shard::note_wait(std::chrono::nanoseconds took, std::chrono::nanoseconds credit) {
    constexpr int kOf = 8;
    usual_wait_ += (std::min<std::chrono::nanoseconds>(took, kLongWait) - usual_wait_) / kOf;
    credit_ = std::min<std::chrono::nanoseconds>(credit_ + credit, kCreditMax);
}

/// Sleeps until there is something to do, and runs the handler that ended the sleep.
void Shard::wait() {
    if (attend_lane() || spin()) return;
    const Instant before = clock_.now();
    sleep(timers_.next());
    note_wait(clock_.now() - before, kCreditOfWait);
}

/// True when there is something to do, or the handler of an event has run.
bool Shard::sleep(Instant until) {
    // Set before the last look: a sender makes its task visible before it looks at the flag, so one
    // of the two sees the other. All four accesses are sequentially consistent.
    sleeping_.store(true);
    bool woken = true;
    if (nothing_to_do()) {
        const auto handlers =
            until == Instant::max() ? context_.run_one() : context_.run_one_until(until);
        woken = handlers > 0;
    }
    sleeping_.store(false, std::memory_order_relaxed);
    return woken;
}

void Shard::run_handlers() {
    for (std::size_t i = 0; i < kHandlersPerTurn; ++i) {
        if (context_.poll_one() == 0) return;
    }
}

bool Shard::nothing_to_do() const {
    if (has_delivered_.load() || !outbound_[id_.value].empty()) return false;
    for (std::size_t peer = 0; peer < count_; ++peer) {
        if (peer == id_.value) continue;
        if (!inbound_[peer]->ring.empty()) return false;
        const bool held_back = !outbound_[peer].empty();
        if (held_back && !peers_[peer]->inbound_[id_.value]->ring.full()) return false;
    }
    return true;
}

/// Takes what is there. The rings come first: what a lane delivered to us before something made
/// another shard post to us is then certainly among the deliveries, which run earlier.
void Shard::collect() {
    for (std::size_t peer = 0; peer < count_; ++peer) {
        if (peer == id_.value) continue;
        Inbound& inbound = *inbound_[peer];
        const std::size_t taken = inbound.ring.pop(batch_, kTasksPerRingAndTurn);
        if (taken != 0 && inbound.starved.load()) {
            inbound.starved.store(false);
            peers_[peer]->wake();
        }
    }
    std::ranges::move(outbound_[id_.value], std::back_inserter(batch_));
    outbound_[id_.value].clear();

    if (!has_delivered_.load()) return;
    const std::lock_guard lock(delivered_mutex_);
    delivered_batch_.swap(delivered_);
    has_delivered_.store(false);
}

void Shard::run_collected() {
    run_all(delivered_batch_);
    run_all(batch_);
}

void Shard::run_turn_end() {
    std::vector<Task> tasks;
    while (!turn_end_.empty()) {
        tasks.swap(turn_end_);
        run_all(tasks);
    }
    // Keeps the memory for the next turn.
    if (turn_end_.capacity() < tasks.capacity()) turn_end_.swap(tasks);
}

/// Hands over what was posted to other shards, once a turn.
void Shard::flush() {
    held_back_ = 0;
    for (std::size_t target = 0; target < count_; ++target) {
        if (target == id_.value || outbound_[target].empty()) continue;
        if (!flush_to(target)) ++held_back_;
    }
    if (held_back_ != 0 || when_clear_.empty()) return;
    std::ranges::move(when_clear_, std::back_inserter(outbound_[id_.value]));
    when_clear_.clear();
}

/// False when some had to be held back.
bool Shard::flush_to(std::size_t target) {
    std::vector<Task>& tasks = outbound_[target];
    Shard& peer = *peers_[target];
    Inbound& inbound = *peer.inbound_[id_.value];
    std::size_t pushed = inbound.ring.push(tasks);
    if (pushed != tasks.size()) {
        // Said before the second attempt: either that finds room, or who makes room hears us.
        inbound.starved.store(true);
        pushed += inbound.ring.push(std::span(tasks).subspan(pushed));
    }
    if (pushed != 0) peer.wake();
    if (pushed == tasks.size()) {
        tasks.clear();
        return true;
    }
    tasks.erase(tasks.begin(), tasks.begin() + static_cast<std::ptrdiff_t>(pushed));
    return false;
}

/// From any thread, after something was made visible to this shard. Costs a system call only if the
/// shard sleeps, and then for one caller only.
void Shard::wake() {
    if (sleeping_.load() && sleeping_.exchange(false)) boost::asio::post(context_, [] {});
}

}  // namespace tern
