#include "store/segments.h"

#include "runtime/sim/sim_disk.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>

namespace tern::store {
namespace {

/// Works when it is told to.
class HandLane final : public Lane {
public:
    void submit(Task task) override { tasks_.push_back(std::move(task)); }
    void work() {
        for (; !tasks_.empty(); tasks_.pop_front()) tasks_.front()();
    }

private:
    std::deque<Task> tasks_;
};

TEST(SegmentsTest, whoever_waits_for_messages_does_not_wait_for_those_that_leave) {
    constexpr broker::QueueId kQ{7};
    constexpr std::uint64_t kCount = 20'000;
    SimDisk disk;
    HandLane lane;
    Segments segments(disk, lane, {});
    ASSERT_TRUE(segments.set().open());
    ASSERT_TRUE(segments.start(4711));
    const auto messages = [](std::uint64_t count) {
        std::vector<broker::PageOut> all;
        for (std::uint64_t i = 1; i <= count; ++i) {
            all.push_back(
                {.ordinal = i,
                 .message = Message::create({}, {}, {}, as_bytes(std::string(500, '.')), nullptr)});
        }
        return all;
    };
    std::string order;
    std::vector<broker::Place> places;
    segments.put(kQ, messages(1), [&](auto, auto put) { places = put.value(); });
    lane.work();
    ASSERT_EQ(places.size(), 1U);

    segments.put(kQ, messages(kCount), [&](auto, const auto& put) {
        EXPECT_EQ(put.value().size(), kCount);
        order += "out ";
    });
    segments.get({{.ordinal = 1, .place = places.front()}}, SIZE_MAX, [&](auto, const auto& came) {
        EXPECT_NE(came.at(0).message, nullptr);
        order += "in ";
    });
    lane.work();
    EXPECT_EQ(order, "in out ");
    segments.close([] {});
    lane.work();
}

}  // namespace
}  // namespace tern::store
