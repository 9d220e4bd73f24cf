// What waits on disk, seen by those who go through the queue.
#include "broker/queue/queue_story.h"

namespace tern::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class QueuePagingTest : public QueueStory {
protected:
    QueuePagingTest() { queue_.limit_memory(1); }

    /// As many, named "1" and so on, all but the head and the last few on disk.
    void fill(int count, const std::string& kind = {}) {
        for (int i = 0; i < count; ++i) {
            ++last_;
            publish(kind + std::to_string(last_), last_);
        }
        let_leave();
    }
    void let_leave() {
        dispatch();
        work_of_disk();
        dispatch();
    }
    /// All that comes as long as the disk works.
    std::vector<std::string> all(char consumer) {
        std::vector<std::string> names;
        for (int quiet = 0; quiet < 2; ++quiet) {
            const auto some = got(consumer);
            if (!some.empty() || !coming_.empty() || !leaving_.empty()) quiet = -1;
            names.insert(names.end(), some.begin(), some.end());
            work_of_disk();
        }
        return names;
    }
    static std::vector<std::string> numbers(int from, int to) {
        std::vector<std::string> names;
        for (int i = from; i <= to; ++i) names.push_back(std::to_string(i));
        return names;
    }

    std::uint64_t last_ = 0;
};

TEST_F(QueuePagingTest, order_goes_on_across_the_border) {
    fill(1000);
    EXPECT_FALSE(disk_.empty());
    EXPECT_LT(queue_.memory_bytes(), 128U * 400);
    open('a', 500);
    EXPECT_EQ(all('a'), numbers(1, 500));
    fill(200);
    queue_.grant(ref('a'), 10'000);
    EXPECT_EQ(all('a'), numbers(501, 1200));
}

TEST_F(QueuePagingTest, small_messages_leave_when_they_count_as_too_much) {
    queue_.limit_memory(200'000);
    queue_.count_at_least(1024);
    fill(150);
    EXPECT_TRUE(disk_.empty());
    fill(850);
    EXPECT_FALSE(disk_.empty());
    EXPECT_LE(queue_.status().memory_bytes, 200'000U);
    open('a', 2000);
    EXPECT_EQ(all('a'), numbers(1, 1000));
}

TEST_F(QueuePagingTest, what_they_count_with_does_not_matter_where_only_memory_is_short) {
    queue_.limit_memory(0);
    queue_.count_at_least(1024 * 1024);
    fill(500);
    EXPECT_TRUE(disk_.empty());
    EXPECT_EQ(queue_.status().memory_bytes, 500U * 1024 * 1024);
}

TEST_F(QueuePagingTest, settling_forgets_the_place) {
    fill(300);
    open('a', 1000);
    settle('a', all('a'), Outcome::accept);
    EXPECT_EQ(queue_.size(), 0U);
    EXPECT_THAT(disk_, IsEmpty());
    EXPECT_EQ(memory_.bytes, 0U);
}

TEST_F(QueuePagingTest, what_comes_back_returns_to_its_place) {
    fill(300);
    open('a', 200);
    const auto got = all('a');
    ASSERT_EQ(got.size(), 200U);
    close('a', {"100"});
    let_leave();
    open('b', 1000);
    auto expected = numbers(1, 300);
    expected[99] += "!";
    EXPECT_EQ(all('b'), expected);
}

TEST_F(QueuePagingTest, a_selector_finds_what_it_wants_on_disk) {
    fill(500, "x");
    fill(1, "y");
    fill(500, "x");
    open('a', {.credit = 10}, "kind = 'y'");
    EXPECT_THAT(all('a'), ElementsAre("y501"));
    EXPECT_LT(queue_.memory_bytes(), 1000U * 100) << "what was looked at does not stay";
    open('b', 3);
    EXPECT_THAT(all('b'), ElementsAre("x1", "x2", "x3"));
}

TEST_F(QueuePagingTest, a_message_matched_and_paged_out_again_is_delivered) {
    fill(200, "x");
    fill(1, "y");
    fill(300, "x");
    open('a', {.credit = 10}, "kind = 'y'");
    const auto names = all('a');
    ASSERT_THAT(names, ElementsAre("y201"));
    close('a');
    let_leave();
    open('b', {.credit = 10}, "kind = 'y'");
    EXPECT_THAT(all('b'), ElementsAre("y201"));
}

TEST_F(QueuePagingTest, a_browser_sees_all_in_order_as_its_credit_allows) {
    fill(400);
    queue_.browse(ref('b'), 150);
    EXPECT_EQ(all('b'), numbers(1, 150));
    queue_.grant(ref('b'), 1000);
    auto rest = numbers(151, 400);
    rest.emplace_back("(end)");
    EXPECT_EQ(all('b'), rest);
}

TEST_F(QueuePagingTest, groups_stay_together_across_the_border) {
    for (int i = 0; i < 400; ++i) {
        const std::string group(1, i % 2 == 0 ? 'g' : 'h');
        MessageHeader header;
        header.group_id = group;
        publish_as(group + std::to_string(i), header, ++last_);
    }
    let_leave();
    open('a', 1000);
    open('b', 1000);
    std::map<char, char> owner;
    for (int quiet = 0; quiet < 3; ++quiet) {
        for (const char consumer : {'a', 'b'}) {
            for (const std::string& name : got(consumer)) {
                quiet = 0;
                const auto [known, added] = owner.try_emplace(name[0], consumer);
                EXPECT_EQ(known->second, consumer) << name;
            }
        }
        work_of_disk();
    }
    EXPECT_EQ(queue_.ready(), 0U);
}

TEST_F(QueuePagingTest, purging_forgets_what_is_on_disk) {
    fill(500);
    EXPECT_EQ(queue_.purge(), 500U);
    EXPECT_THAT(disk_, IsEmpty());
    EXPECT_EQ(queue_.size(), 0U);
}

TEST_F(QueuePagingTest, what_expires_on_disk_dies_when_it_comes_back) {
    for (int i = 0; i < 300; ++i) {
        MessageHeader header;
        header.expires_at_ms = i % 2 == 0 ? 2000 : 0;
        publish_as(std::to_string(i), header, ++last_);
    }
    let_leave();
    now_ms_ = 3000;
    open('a', 1000);
    EXPECT_EQ(all('a').size(), 150U);
    EXPECT_EQ(dead_.size(), 150U);
}

TEST_F(QueuePagingTest, what_has_expired_on_disk_dies_in_the_order_of_time_and_nothing_else_comes) {
    for (int i = 0; i < 2000; ++i) {
        MessageHeader header;
        header.expires_at_ms = i % 100 == 0 ? 5000 - i : 100'000;
        publish_as(std::to_string(i), header, ++last_);
    }
    let_leave();
    ASSERT_GT(disk_.size(), 1800U);
    EXPECT_EQ(queue_.first_expiry_ms(), 5000 - 1900);
    const std::size_t before = queue_.memory_bytes();
    now_ms_ = 5000;
    EXPECT_FALSE(queue_.expire(now_ms_));
    EXPECT_EQ(queue_.first_expiry_ms(), Deadlines::kNever) << "not before it has come";
    while (!coming_.empty()) {
        ASSERT_THAT(coming_, testing::SizeIs(1));
        EXPECT_LT(coming_.front().size(), 21U);
        work_of_disk();
        EXPECT_FALSE(queue_.expire(now_ms_));
    }
    std::vector<std::string> expected;
    for (int i = 1900; i >= 0; i -= 100) expected.push_back(std::to_string(i) + " expired");
    EXPECT_EQ(dead_, expected);
    EXPECT_LE(queue_.memory_bytes(), before) << "nothing stays that was read for that";
    EXPECT_EQ(queue_.first_expiry_ms(), 100'000);
    EXPECT_EQ(queue_.size(), 1980U);
}

TEST_F(QueuePagingTest, what_expires_soon_comes_from_the_disk_before_its_time) {
    for (int i = 0; i < 500; ++i) {
        MessageHeader header;
        header.expires_at_ms = 3000 + i;
        publish_as(std::to_string(i), header, ++last_);
    }
    let_leave();
    ASSERT_GT(disk_.size(), 400U);
    queue_.limit_memory(std::size_t{4} * 1024 * 1024);
    // From the first one on that expires.
    for (now_ms_ = 3000; now_ms_ < 3010; ++now_ms_) {
        EXPECT_FALSE(queue_.expire(now_ms_));
        work_of_disk();
    }
    dead_.clear();
    now_ms_ = 3150;
    EXPECT_FALSE(queue_.expire(now_ms_));
    EXPECT_GT(dead_.size(), 130U) << "none of them had to be waited for";
    EXPECT_EQ(dead_.back(), "150 expired");
}

TEST_F(QueuePagingTest, when_something_of_the_last_run_expires_is_looked_up_in_time) {
    for (std::uint32_t slot = 1; slot <= 200; ++slot) {
        MessageHeader header;
        header.expires_at_ms = slot == 150 ? 3000 : 7000;
        disk_[slot] = {
            .at = {slot},
            .message = Message::create(header, {}, {}, as_bytes(std::to_string(slot)), nullptr)};
    }
    queue_.recover(PagedRun{.first = {1, 1}, .count = 200, .first_expiry_ms = 3000, .bytes = 9000});
    queue_.end_recovery(0);
    EXPECT_EQ(queue_.first_expiry_ms(), 3000);
    for (now_ms_ = 2000; now_ms_ <= 7000; now_ms_ += 1000) {
        do {
            work_of_disk();
            EXPECT_FALSE(queue_.expire(now_ms_));
        } while (!coming_.empty());
        EXPECT_EQ(dead_.size(), now_ms_ < 3000 ? 0U : now_ms_ < 7000 ? 1U : 200U) << now_ms_;
    }
    EXPECT_EQ(queue_.first_expiry_ms(), Deadlines::kNever);
    EXPECT_EQ(queue_.size(), 0U);
}

TEST_F(QueuePagingTest, of_the_last_run_only_what_expires_is_read_if_the_disk_says_when) {
    std::vector<std::int64_t> deadlines;
    for (std::uint32_t slot = 1; slot <= 200; ++slot) {
        MessageHeader header;
        header.expires_at_ms = slot % 2 == 0 ? 0 : 3000 + std::int64_t{slot} * 77 % 200 * 100;
        deadlines.push_back(header.expires_at_ms);
        disk_[slot] = {
            .at = {slot},
            .message = Message::create(header, {}, {},
                                       as_bytes(std::to_string(header.expires_at_ms)), nullptr)};
    }
    queue_.recover(PagedRun{.first = {1, 1},
                            .count = 200,
                            .first_expiry_ms = 3000,
                            .bytes = 9000,
                            .deadlines = deadlines});
    queue_.end_recovery(0);
    std::erase(deadlines, 0);
    std::ranges::sort(deadlines);
    EXPECT_EQ(queue_.first_expiry_ms(), deadlines.front());
    std::size_t read = 0;
    std::size_t died = 0;
    for (const std::int64_t at_ms : deadlines) {
        now_ms_ = at_ms;
        do {
            for (const std::vector<PageIn>& asked : coming_) read += asked.size();
            work_of_disk();
            EXPECT_FALSE(queue_.expire(now_ms_));
        } while (!coming_.empty());
        ++died;
        ASSERT_EQ(dead_.size(), died);
        EXPECT_EQ(dead_.back(), std::to_string(at_ms) + " expired");
    }
    EXPECT_EQ(read, deadlines.size()) << "nothing else came";
    EXPECT_EQ(queue_.first_expiry_ms(), Deadlines::kNever);
    EXPECT_EQ(queue_.size(), 100U);
}

TEST_F(QueuePagingTest, what_has_expired_since_the_last_run_dies_in_the_order_of_time) {
    constexpr std::uint32_t kCount = 200;
    for (std::uint32_t slot = 1; slot <= kCount; ++slot) {
        MessageHeader header;
        header.expires_at_ms = 3000 + std::int64_t{slot} * 77 % kCount;
        disk_[slot] = {
            .at = {slot},
            .message = Message::create(header, {}, {},
                                       as_bytes(std::to_string(header.expires_at_ms)), nullptr)};
    }
    queue_.recover(
        PagedRun{.first = {1, 1}, .count = kCount, .first_expiry_ms = 3000, .bytes = 9000});
    queue_.end_recovery(0);
    // All of it is overdue when it is looked at first.
    do {
        work_of_disk();
        EXPECT_FALSE(queue_.expire(5000));
    } while (!coming_.empty());
    ASSERT_EQ(dead_.size(), kCount);
    EXPECT_TRUE(std::ranges::is_sorted(dead_));
}

TEST_F(QueuePagingTest, what_is_overdue_comes_however_little_of_it_may_be_in_memory) {
    constexpr int kCount = 2000;
    queue_.limit_memory(40'000);
    for (int i = 0; i < kCount; ++i) {
        MessageHeader header;
        // The last ones are due first.
        header.expires_at_ms = 3000 + kCount - i;
        publish_as(std::to_string(i), header, static_cast<std::uint64_t>(i) + 1);
        dispatch();
        work_of_disk();
    }
    // The disk gives a few at a time, and they have to leave at once.
    int looks = 0;
    while (queue_.size() > 0 && ++looks < 2 * kCount) {
        EXPECT_FALSE(queue_.expire(10'000));
        for (const std::vector<PageIn>& asked : std::exchange(coming_, {})) {
            const std::size_t few = std::min<std::size_t>(asked.size(), 16);
            std::vector<PagedIn> came;
            for (const PageIn& one : std::span(asked).first(few)) {
                const PageOut& stored = disk_.at(one.place.slot);
                came.push_back({one.ordinal, stored.at.lsn, stored.message, stored.announced});
            }
            queue_.paged_in(asked, came);
        }
        EXPECT_FALSE(queue_.expire(10'000));
        queue_.leave_memory(0);
        work_of_disk();
        queue_.leave_memory(0);
    }
    EXPECT_EQ(queue_.size(), 0U);
    EXPECT_EQ(dead_.size(), std::size_t{kCount});
    EXPECT_EQ(dead_.front(), std::to_string(kCount - 1) + " expired");
}

TEST_F(QueuePagingTest, a_full_queue_says_so_by_what_is_in_memory_or_altogether) {
    queue_.limit_memory(100'000);
    queue_.limit_bytes(2000, 0);
    fill(2);
    queue_.note_bytes();
    EXPECT_FALSE(queue_.info()->full);
    fill(100);
    queue_.note_bytes();
    EXPECT_TRUE(queue_.info()->full);
    queue_.leave_memory(0);
    work_of_disk();
    queue_.leave_memory(0);
    queue_.note_bytes();
    EXPECT_EQ(queue_.info()->full, queue_.memory_bytes() >= 1800);
    queue_.limit_bytes(0, 10'000);
    EXPECT_TRUE(queue_.info()->full);
    EXPECT_EQ(queue_.purge(), 102U);
    queue_.note_bytes();
    EXPECT_FALSE(queue_.info()->full);
}

TEST_F(QueuePagingTest, few_large_messages_leave_too) {
    queue_.limit_memory(20'000);
    for (int i = 1; i <= 10; ++i) {
        publish(std::to_string(i) + std::string(10'000, 'x'), static_cast<std::uint64_t>(i));
    }
    let_leave();
    EXPECT_LE(queue_.memory_bytes(), 22'000U);
    open('a', 4);
    std::vector<std::string> names = all('a');
    ASSERT_EQ(names.size(), 4U);
    let_leave();
    EXPECT_LE(queue_.memory_bytes(), 62'000U) << "what somebody has stays";
    settle('a', names, Outcome::accept);
    queue_.grant(ref('a'), 100);
    for (const std::string& name : all('a')) names.push_back(name);
    ASSERT_EQ(names.size(), 10U);
    for (int i = 1; i <= 10; ++i) EXPECT_TRUE(names[i - 1].starts_with(std::to_string(i)));
}

TEST_F(QueuePagingTest, draining_waits_for_what_is_on_disk) {
    fill(300);
    open('a', 100);
    bool drained = false;
    EXPECT_EQ(all('a').size(), 100U);
    queue_.grant(ref('a'), 100);
    queue_.drain(ref('a'), now_ms_, [&] { drained = true; });
    EXPECT_EQ(all('a').size(), 100U);
    EXPECT_TRUE(drained);
}

TEST_F(QueuePagingTest, leaving_the_journal_takes_what_somebody_has_along) {
    publish("1", 1);
    publish("2", 2);
    open('a', 1);
    EXPECT_THAT(got('a'), ElementsAre("1"));
    queue_.leave_journal(3);
    settle('a', {"1"}, Outcome::accept);
    work_of_disk();
    EXPECT_THAT(released_, ElementsAre(2U)) << "the other was settled on its way";
    EXPECT_EQ(disk_.size(), 1U);
    EXPECT_THAT(queue_.stored(), IsEmpty());
}

}  // namespace
}  // namespace tern::broker
