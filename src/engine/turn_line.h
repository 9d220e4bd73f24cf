#pragma once

#include "engine/turn.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <vector>

namespace tern::engine {

/// Turns that the journal has delivered to a shard, in its order, each until everything has arrived
/// that its origin posted here before: the journal's lane and the shards' rings do not wait for
/// each other. Without that a commit could overtake what staged its messages, and a message another
/// one of its sender.
class TurnLine {
public:
    explicit TurnLine(std::size_t shards) : arrived_(shards) {}

    void add(std::shared_ptr<Turn> turn) {
        const ShardId origin = turn->origin();
        line_.push_back({origin, std::move(turn), nullptr});
    }
    /// All that `origin` posted before it sent off its turn `number` is here.
    void arrived(ShardId origin, std::uint64_t number) { arrived_[origin.value] = number; }

    /// Runs `task`, which `origin` posted, behind what it sent off before: at once, if that is not
    /// in line.
    template <class Task>
    void run_behind(ShardId origin, Task task) {
        const auto before = std::ranges::find_if(
            line_.rbegin(), line_.rend(),
            [&](const Waiting& one) { return one.origin == origin && may_go(one); });
        if (before == line_.rend()) return task();
        line_.insert(before.base(), Waiting{origin, nullptr, tern::Task(std::move(task))});
    }

    /// Runs `task` behind all that is in line: at once, if nothing is.
    template <class Task>
    void run_last(Task task) {
        if (line_.empty()) return task();
        line_.push_back(Waiting{kNobody, nullptr, tern::Task(std::move(task))});
    }

    /// Takes from the front whatever may go on.
    template <class Apply>
    void advance(Apply apply) {
        while (!line_.empty() && may_go(line_.front())) {
            Waiting next = std::move(line_.front());
            line_.pop_front();
            if (next.turn != nullptr) {
                apply(*next.turn);
            } else {
                next.task();
            }
        }
    }

private:
    /// Nothing that an origin posts goes behind what comes from here.
    static constexpr ShardId kNobody{UINT16_MAX};

    struct Waiting {
        ShardId origin;
        std::shared_ptr<Turn> turn;
        Task task;
    };

    [[nodiscard]] bool may_go(const Waiting& next) const {
        return next.turn == nullptr || next.turn->number() <= arrived_[next.origin.value];
    }

    std::deque<Waiting> line_;
    std::vector<std::uint64_t> arrived_;
};

}  // namespace tern::engine
