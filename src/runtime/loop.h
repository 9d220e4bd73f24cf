#pragma once

#include "base/shard_id.h"
#include "runtime/clock.h"
#include "runtime/timer_wheel.h"

#include <functional>

namespace tern {

/// Something to run once, owning all it needs.
using Task = std::move_only_function<void()>;

/// A shard as the code that lives on it sees it: one thread, one owner of its state. The real one
/// is `Shard`; the simulator has its own. All calls come from the shard's own thread unless said.
class Loop {
public:
    virtual ~Loop() = default;

    [[nodiscard]] virtual ShardId id() const = 0;
    /// How many shards there are; their ids are 0 … count-1.
    [[nodiscard]] virtual std::uint16_t count() const = 0;

    /// Runs `task` on shard `target` after everything posted there before from this shard. What a
    /// lane delivered to `target` before it delivered here what made us post runs earlier, too.
    virtual void post(ShardId target, Task task) = 0;

    /// Runs `task` on this shard; from any thread, such as a lane. Tasks of one thread keep their
    /// order, but what a shard posts may overtake them or be overtaken.
    virtual void deliver(Task task) = 0;

    /// Runs `task` when the current turn ends, before the shard looks for new events: the place to
    /// send in one piece what was gathered during the turn.
    virtual void at_turn_end(Task task) = 0;

    /// What was just given to a lane may soon be superfluous: if there is nothing else to do, this
    /// loop may wait a moment for an event before it looks after the lane. A hint.
    virtual void linger() {}

    /// True when tasks for another shard had to be held back because its ring is full: stop taking
    /// in work until it is false again.
    [[nodiscard]] virtual bool congested() const = 0;

    /// Runs `task` once, as if posted here, when the loop is not congested any more.
    virtual void when_clear(Task task) = 0;

    [[nodiscard]] virtual const Clock& clock() const = 0;
    [[nodiscard]] virtual TimerWheel& timers() = 0;
};

}  // namespace tern
