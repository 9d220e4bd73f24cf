#include "runtime/sim/sim_world.h"

#include "base/assert.h"

#include <algorithm>

namespace tern {
namespace {

/// A destructor of one task may queue another: only what is in the box at this moment goes.
template <class Box>
bool drop(Box& box) {
    const Box dropped = std::exchange(box, Box());
    return !dropped.empty();
}

template <class Box>
auto take_first(Box& box) {
    auto first = std::move(box.front());
    box.pop_front();
    return first;
}

}  // namespace

SimLoop::SimLoop(SimWorld& world, ShardId id, std::uint16_t count)
    : world_(world), id_(id), timers_(world.clock().now()), inbound_(count) {}

std::uint16_t SimLoop::count() const {
    return world_.count();
}

void SimLoop::post(ShardId target, Task task) {
    Queue& queue = world_.loop(target).inbound_[id_.value];
    queue.emplace_back(++world_.last_number_, std::move(task));
}

void SimLoop::deliver(Task task) {
    delivered_.emplace_back(++world_.last_number_, std::move(task));
}

bool SimLoop::congested() const {
    return std::ranges::any_of(world_.loops_, [&](const auto& loop) {
        return loop->inbound_[id_.value].size() > kRingTasks;
    });
}

const Clock& SimLoop::clock() const {
    return world_.clock();
}

bool SimLoop::ready() const {
    return !delivered_.empty() || !turn_end_.empty() || timers_.next() <= world_.clock().now() ||
           (!when_clear_.empty() && !congested()) ||
           std::ranges::any_of(inbound_, [](const Queue& queue) { return !queue.empty(); });
}

void SimLoop::run() {
    const std::uint64_t limit = world_.last_number_;  // what comes later waits for the next turn
    for (std::uint64_t left = 1 + world_.random().below(8); left != 0; --left) {
        Queue* queue = choose(limit);
        if (queue == nullptr) break;
        take_first(*queue).second();
    }
    timers_.advance(world_.clock().now());
    while (!when_clear_.empty() && !congested()) post(id_, take_first(when_clear_));
    while (!turn_end_.empty()) take_first(turn_end_)();
}

SimLoop::Queue* SimLoop::choose(std::uint64_t limit) {
    const std::uint64_t delivered = delivered_.empty() ? UINT64_MAX : delivered_.front().first;
    std::vector<Queue*> eligible;
    if (delivered <= limit) eligible.push_back(&delivered_);
    for (Queue& queue : inbound_) {
        if (queue.empty() || queue.front().first > limit) continue;
        if (queue.front().first < delivered) eligible.push_back(&queue);
    }
    return eligible.empty() ? nullptr : eligible[world_.random().below(eligible.size())];
}

bool SimLoop::drop_tasks() {
    bool dropped = drop(delivered_);
    dropped |= drop(when_clear_);
    dropped |= drop(turn_end_);
    for (Queue& queue : inbound_) dropped |= drop(queue);
    return dropped;
}

void SimLane::run() {
    take_first(tasks_)();
}

bool SimLane::drop_tasks() {
    return drop(tasks_);
}

SimWorld::SimWorld(std::uint64_t seed, std::uint16_t shards, SimClock& clock)
    : clock_(clock), random_(seed) {
    TERN_ASSERT(shards > 0);
    for (std::uint16_t id = 0; id < shards; ++id) {
        loops_.push_back(std::make_unique<SimLoop>(*this, ShardId(id), shards));
        actors_.push_back(loops_.back().get());
    }
}

SimWorld::~SimWorld() {
    drop_tasks();
}

Lane& SimWorld::make_lane() {
    lanes_.push_back(std::make_unique<SimLane>());
    actors_.push_back(lanes_.back().get());
    return *lanes_.back();
}

bool SimWorld::ready() const {
    return std::ranges::any_of(actors_, [](const SimActor* actor) { return actor->ready(); });
}

bool SimWorld::step() {
    if (ready()) {
        run_one_ready();
        return true;
    }
    const Instant next = next_timer();
    if (next == Instant::max()) return false;
    clock_.advance_to(next);
    return true;
}

void SimWorld::run_until_idle() {
    while (ready()) run_one_ready();
}

void SimWorld::run_for(Millis time) {
    const Instant end = clock_.now() + time;
    for (;;) {
        run_until_idle();
        const Instant next = next_timer();
        if (next > end) break;
        clock_.advance_to(next);
    }
    clock_.advance_to(end);
    run_until_idle();
}

void SimWorld::drop_tasks() {
    bool dropped = true;
    while (dropped) {
        dropped = false;
        for (SimActor* actor : actors_) dropped |= actor->drop_tasks();
    }
}

void SimWorld::run_one_ready() {
    std::vector<SimActor*> ready;
    std::ranges::copy_if(actors_, std::back_inserter(ready),
                         [](const SimActor* actor) { return actor->ready(); });
    ready[random_.below(ready.size())]->run();
}

Instant SimWorld::next_timer() const {
    Instant next = Instant::max();
    for (const auto& loop : loops_) next = std::min(next, loop->timers().next());
    return next;
}

}  // namespace tern
