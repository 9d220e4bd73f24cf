#include "load/load.h"

#include "load/stomp_echo_fixture.h"

#include <gtest/gtest.h>

#include <thread>

namespace tern::load {
namespace {

using std::chrono::milliseconds;

class Patient final : public Observer {
public:
    bool wait(std::chrono::steady_clock::time_point until) override {
        std::this_thread::sleep_until(until);
        return true;
    }
    void show(const Progress&) override {}
};

class LoadTest : public ::testing::Test {
protected:
    LoadTest() {
        settings_.protocol = ProtocolName::stomp;
        settings_.host = "127.0.0.1";
        settings_.port = broker_.port();
        settings_.size = 100;
        settings_.count = 400;
    }

    Result run() {
        EXPECT_EQ(complete(settings_), std::nullopt);
        auto result = load::run(settings_, observer_);
        EXPECT_TRUE(result) << result.error();
        return std::move(*result);
    }

    StompEcho broker_;
    Settings settings_;
    Patient observer_;
};

TEST_F(LoadTest, counts_what_comes) {
    const Result result = run();
    EXPECT_EQ(result.total.sent, 400U);
    EXPECT_EQ(result.total.confirmed, 400U);
    EXPECT_EQ(result.total.received, 400U);
    EXPECT_EQ(result.latency.count(), 400U);
    EXPECT_TRUE(result.complete);
    EXPECT_EQ(result.out_of_order, 0U);
}

TEST_F(LoadTest, shares_clients_among_threads) {
    settings_.threads = 3;
    settings_.publishers = 4;
    const Result result = run();
    EXPECT_EQ(result.total.sent, 400U);
    EXPECT_EQ(result.total.received, 400U);
    EXPECT_TRUE(result.complete);
}

TEST_F(LoadTest, a_message_that_could_not_be_sent_is_late_all_the_same) {
    broker_.stall(milliseconds(300));
    settings_.rate = 1000;
    settings_.window = 1;
    const Result result = run();
    // The second one can only be sent after 300 ms, and so can all that were due meanwhile: one
    // each millisecond. Who counts from when it was sent sees one slow message.
    EXPECT_GE(result.latency.quantile_ns(0.5), 50'000'000);
    EXPECT_GE(result.confirming.quantile_ns(0.5), 50'000'000);
    EXPECT_GE(result.latency.most_ns(), 299'000'000);
}

TEST_F(LoadTest, knows_what_came_twice) {
    broker_.repeat_every(100);
    settings_.window = 1;
    const Result result = run();
    // The last one comes when all is there already, and perhaps nobody listens any more.
    EXPECT_GE(result.out_of_order, 3U);
    EXPECT_FALSE(result.complete);
}

TEST_F(LoadTest, is_not_deceived_by_one_lost_and_another_one_twice) {
    broker_.drop_every(400);
    broker_.repeat_every(399);
    const Result result = run();
    EXPECT_EQ(result.total.received, result.expected);
    EXPECT_FALSE(result.complete);
}

TEST_F(LoadTest, says_who_is_not_there) {
    settings_.port = 1;
    const auto result = load::run(settings_, observer_);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error(), "cannot connect: Connection refused");
}

}  // namespace
}  // namespace tern::load
