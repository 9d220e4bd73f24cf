#pragma once

#include "runtime/loop.h"

#include <cstdint>
#include <deque>
#include <functional>

namespace tern::gateway {

/// Lets those who only send take turns, so that what consumers say is heard in between: so many
/// bytes are read of them in a turn of the loop. While consumers starve behind them, it is a
/// quarter more than what consumers take, and a little.
///
/// Runs on: its shard.
class Intake {
public:
    /// What is read in a turn while nobody starves: less makes more and smaller writes of it.
    static constexpr std::int64_t kTurnBytes = std::int64_t{2048} * 1024;
    /// And at most while consumers starve; still as much as one sender is read at a time.
    static constexpr std::int64_t kStarvedTurnBytes = std::int64_t{384} * 1024;
    /// Of what is read while consumers starve, what does not depend on them: a second's bytes.
    static constexpr std::int64_t kBytesPerSecond = std::int64_t{4} * 1024 * 1024;

    struct Consumers {
        bool starve = false;
        std::uint64_t bytes = 0;  ///< taken so far
    };
    /// One connection that sends.
    struct Sender {
        /// It may be read now, if it waits for that.
        Task resume;
        bool waits = false;
        bool called = false;  ///< its turn has come
    };

    Intake(Loop& loop, std::move_only_function<Consumers()> look);

    /// Whether it may be read. If not, its `resume` is called when its turn has come.
    [[nodiscard]] bool admits(Sender& sender);
    /// So much was read of it.
    void took(Sender& sender, std::size_t bytes);
    /// Something else was read, perhaps that consumers took something.
    void heard();
    /// Nobody minds if one that was read is read again at once.
    [[nodiscard]] bool may_go_on() const { return left_ > 0 && waiting_.empty() && called_ == 0; }
    void forget(Sender& sender);

private:
    void uncall(Sender& sender);
    void schedule();
    void turn();
    void refill();

    Loop& loop_;
    std::move_only_function<Consumers()> look_;
    std::deque<Sender*> waiting_;
    std::size_t called_ = 0;          ///< senders of this turn that were not read yet
    std::int64_t left_ = kTurnBytes;  ///< below 0 when a read brought more than was left
    std::uint64_t seen_bytes_ = 0;    ///< of what consumers took
    Instant seen_at_;
    bool scheduled_ = false;
    Timer timer_;
};

}  // namespace tern::gateway
