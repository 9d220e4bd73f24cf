#pragma once

#include "runtime/lane.h"
#include "runtime/seeded_random.h"
#include "runtime/sim/sim_clock.h"

#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace tern {

class SimWorld;

/// What a SimWorld chooses from.
class SimActor {
public:
    virtual ~SimActor() = default;
    [[nodiscard]] virtual bool ready() const = 0;
    virtual void run() = 0;
    /// Destroys what waits; true when there was something.
    virtual bool drop_tasks() = 0;
};

/// A shard of the simulator. Tasks of different senders mix at random; each sender's keep their
/// order, and nothing posted runs before what lanes delivered earlier (see `Loop::post`).
class SimLoop final : public Loop, public SimActor {
public:
    SimLoop(SimWorld& world, ShardId id, std::uint16_t count);

    [[nodiscard]] ShardId id() const override { return id_; }
    [[nodiscard]] std::uint16_t count() const override;
    void post(ShardId target, Task task) override;
    void deliver(Task task) override;
    void at_turn_end(Task task) override { turn_end_.push_back(std::move(task)); }
    [[nodiscard]] bool congested() const override;
    void when_clear(Task task) override { when_clear_.push_back(std::move(task)); }
    [[nodiscard]] const Clock& clock() const override;
    [[nodiscard]] TimerWheel& timers() override { return timers_; }

    [[nodiscard]] bool ready() const override;
    /// One turn: a random number of tasks, due timers, the end-of-turn tasks.
    void run() override;
    bool drop_tasks() override;

private:
    /// With its place in the order in which tasks came into being anywhere.
    using Numbered = std::pair<std::uint64_t, Task>;
    using Queue = std::deque<Numbered>;
    static constexpr std::size_t kRingTasks = 1024;

    [[nodiscard]] Queue* choose(std::uint64_t limit);

    SimWorld& world_;
    const ShardId id_;
    TimerWheel timers_;
    std::vector<Queue> inbound_;  // by sender
    Queue delivered_;
    std::deque<Task> when_clear_;
    std::deque<Task> turn_end_;
};

class SimLane final : public Lane, public SimActor {
public:
    void submit(Task task) override { tasks_.push_back(std::move(task)); }

    [[nodiscard]] bool ready() const override { return !tasks_.empty(); }
    void run() override;
    bool drop_tasks() override;

private:
    std::deque<Task> tasks_;
};

/// Shards and lanes on one thread, in an order that depends on the seed alone. A crash: throw the
/// waiting tasks away (`drop_tasks`), then the objects they belonged to, then let the disk crash,
/// and build everything anew on what is left.
class SimWorld {
public:
    SimWorld(std::uint64_t seed, std::uint16_t shards, SimClock& clock);
    ~SimWorld();

    [[nodiscard]] SimLoop& loop(ShardId id) { return *loops_[id.value]; }
    [[nodiscard]] std::uint16_t count() const { return static_cast<std::uint16_t>(loops_.size()); }
    /// A new lane, which lives as long as the world.
    [[nodiscard]] Lane& make_lane();
    [[nodiscard]] Random& random() { return random_; }
    [[nodiscard]] SimClock& clock() { return clock_; }

    /// Something is ready to run now.
    [[nodiscard]] bool ready() const;
    /// Runs a turn of a shard or a task of a lane. When nothing is ready, time moves on to the next
    /// timer; false when there is none.
    bool step();
    /// Runs until nothing is ready. Time stands still.
    void run_until_idle();
    /// Runs all that happens during the next `time`.
    void run_for(Millis time);
    /// Destroys all waiting tasks without running them.
    void drop_tasks();

private:
    friend class SimLoop;
    void run_one_ready();
    [[nodiscard]] Instant next_timer() const;

    SimClock& clock_;
    SeededRandom random_;
    std::uint64_t last_number_ = 0;
    std::vector<std::unique_ptr<SimLoop>> loops_;
    std::vector<std::unique_ptr<SimLane>> lanes_;
    std::vector<SimActor*> actors_;
};

}  // namespace tern
