#include "gateway/intake.h"

#include "runtime/sim/sim_clock.h"

#include <gtest/gtest.h>

#include <list>
#include <string>
#include <vector>

namespace tern::gateway {
namespace {

/// Runs what is ready a turn at a time; nothing else happens.
class TurnLoop final : public Loop {
public:
    [[nodiscard]] ShardId id() const override { return ShardId{0}; }
    [[nodiscard]] std::uint16_t count() const override { return 1; }
    void post(ShardId, Task task) override { tasks_.push_back(std::move(task)); }
    void deliver(Task task) override { tasks_.push_back(std::move(task)); }
    void at_turn_end(Task task) override { turn_end_.push_back(std::move(task)); }
    [[nodiscard]] bool congested() const override { return false; }
    void when_clear(Task task) override { tasks_.push_back(std::move(task)); }
    [[nodiscard]] const Clock& clock() const override { return clock_; }
    [[nodiscard]] TimerWheel& timers() override { return timers_; }

    /// All that is ready, and what comes of it at once: as long as sockets have something.
    void turn(std::chrono::microseconds takes) {
        while (!tasks_.empty()) run(tasks_);
        clock_.advance(takes);
        timers_.advance(clock_.now());
        while (!turn_end_.empty()) run(turn_end_);
    }

private:
    static void run(std::vector<Task>& tasks) {
        for (Task& task : std::exchange(tasks, {})) task();
    }

    SimClock clock_;
    TimerWheel timers_{clock_.now()};
    std::vector<Task> tasks_;
    std::vector<Task> turn_end_;
};

class IntakeTest : public testing::Test {
protected:
    static constexpr std::int64_t kRead = std::int64_t{128} * 1024;

    /// Senders whose sockets always have something.
    void add_senders(int count) {
        for (int i = 0; i < count; ++i) {
            Intake::Sender& added = senders_.emplace_back();
            const auto go_on = [this, &added, i] { read(added, static_cast<char>('A' + i)); };
            added.resume = [this, go_on] { loop_.deliver(go_on); };
            loop_.deliver(go_on);
        }
    }
    void read(Intake::Sender& sender, char name) {
        if (!intake_.admits(sender)) return;
        intake_.took(sender, kRead);
        bytes_ += kRead;
        order_ += name;
        loop_.deliver([this, &sender, name] { read(sender, name); });
    }
    static std::string first_names(int count) {
        std::string names;
        for (int i = 0; i < count; ++i) names += static_cast<char>('A' + i);
        return names;
    }
    static constexpr std::int64_t kTurns = 10'000;
    static constexpr std::int64_t kTaken = 10'000;  ///< by consumers, in a turn
    /// What was read in these turns.
    std::int64_t read_while_consumers_take() {
        std::int64_t came = 0;
        for (std::int64_t i = 0; i < kTurns; ++i) {
            consumers_.bytes += kTaken;
            intake_.heard();
            const std::int64_t now = turn();
            EXPECT_LE(now, Intake::kStarvedTurnBytes);
            came += now;
        }
        return came;
    }
    /// What was read in a turn.
    std::int64_t turn(std::chrono::microseconds takes = std::chrono::microseconds(100)) {
        loop_.turn(takes);
        return std::exchange(bytes_, 0);
    }

    TurnLoop loop_;
    Intake::Consumers consumers_;
    Intake intake_{loop_, [this] { return consumers_; }};
    std::list<Intake::Sender> senders_;
    std::int64_t bytes_ = 0;
    std::string order_;
};

TEST_F(IntakeTest, senders_take_turns_and_a_turn_of_the_loop_is_short) {
    add_senders(24);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(turn(), Intake::kTurnBytes);
    EXPECT_EQ(order_, first_names(24) + first_names(24));
}

TEST_F(IntakeTest, while_consumers_starve_a_quarter_more_comes_than_they_take_and_a_little) {
    add_senders(50);
    consumers_.starve = true;
    std::ignore = turn();  // what was let in before
    const std::int64_t came = read_while_consumers_take();
    const std::int64_t little = Intake::kBytesPerSecond;  // they took a second
    const std::int64_t share = kTurns * kTaken * 5 / 4;
    EXPECT_GE(came, share);
    EXPECT_LE(came, share + little + 2 * Intake::kStarvedTurnBytes);
}

TEST_F(IntakeTest, goes_on_when_consumers_do_not_starve_any_more_or_say_nothing) {
    add_senders(10);
    consumers_.starve = true;
    for (int i = 0; i < 10; ++i) std::ignore = turn();
    EXPECT_EQ(turn(), 0);
    consumers_.starve = false;
    std::int64_t came = 0;
    for (int i = 0; i < 3 && came == 0; ++i) came = turn(TimerWheel::kTick);
    EXPECT_GT(came, 0) << "nobody said anything";
    EXPECT_EQ(turn(), Intake::kTurnBytes);
}

TEST_F(IntakeTest, those_who_left_are_not_waited_for) {
    add_senders(34);
    std::ignore = turn();
    intake_.forget(*std::next(senders_.begin(), 32));
    intake_.forget(*std::next(senders_.begin(), 33));
    for (int i = 0; i < 2; ++i) std::ignore = turn();
    EXPECT_EQ(order_, first_names(32) + first_names(16));
}

}  // namespace
}  // namespace tern::gateway
