#include "broker/queue/entries.h"

#include "broker/queue/counting_new.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>

namespace tern::broker {
namespace {

MessagePtr message(std::uint8_t priority = 4) {
    MessageHeader header;
    header.priority = priority;
    return Message::create(header, {}, {}, as_bytes(std::string(100, 'x')), nullptr);
}

class EntriesTest : public testing::Test {
protected:
    void append(int count) {
        for (int i = 0; i < count; ++i) {
            const std::uint64_t lsn = ++lsn_;
            entries_.append(Entry{.message = message(), .at = {lsn}});
        }
    }
    /// As many as can leave memory do.
    void leave(std::size_t bytes = 0) {
        std::vector<PageOut> leaving = entries_.page_out(bytes);
        for (const PageOut& one : leaving) {
            Entry* const entry = entries_.find(one.ordinal);
            entry->place = {1, next_slot_};
            disk_[next_slot_++] = one;
        }
        entries_.left(leaving);
        EXPECT_TRUE(entries_.page_out(bytes).empty());
    }
    void come(std::uint64_t from, std::size_t count) {
        const std::vector<PageIn> asked = entries_.page_in(from, count);
        for (const PageIn& one : asked) {
            const PageOut& stored = disk_.at(one.place.slot);
            EXPECT_EQ(stored.ordinal, one.ordinal);
            entries_.set_message({.ordinal = one.ordinal,
                                  .lsn = stored.at.lsn,
                                  .message = stored.message,
                                  .announced = stored.announced},
                                 false);
        }
        entries_.arrived(asked);
    }

    Entries entries_;
    std::uint64_t lsn_ = 0;
    std::uint32_t next_slot_ = 0;
    std::map<std::uint32_t, PageOut> disk_;
};

TEST_F(EntriesTest, all_but_the_first_leave_memory_if_they_must) {
    append(64 * 10 + 5);
    const std::size_t full = entries_.bytes();
    leave();
    EXPECT_EQ(entries_.missing(), 64U * 10 + 4);
    EXPECT_EQ(entries_.bytes(), full / (64 * 10 + 5));
    EXPECT_EQ(entries_.ready(), 64U * 10 + 5);
    EXPECT_EQ(entries_.find(entries_.begin() + 64), nullptr);
    come(entries_.begin(), 1024);
    EXPECT_EQ(entries_.missing(), 0U);
    EXPECT_EQ(entries_.bytes(), full);
    EXPECT_EQ(entries_.find(entries_.begin() + 64)->at.lsn, 65U);
}

TEST_F(EntriesTest, a_message_may_count_with_more_than_it_takes) {
    append(64 * 10);
    const std::size_t taken = entries_.bytes();
    EXPECT_EQ(entries_.counted_bytes(), taken);
    entries_.count_at_least(10'000);
    EXPECT_EQ(entries_.bytes(), taken);
    EXPECT_EQ(entries_.counted_bytes(), 64U * 10 * 10'000);
    append(10);
    EXPECT_EQ(entries_.counted_bytes(), 650U * 10'000);
    leave(entries_.bytes() / 2);
    EXPECT_EQ(entries_.counted_bytes(), (650U - entries_.missing()) * 10'000);
    EXPECT_GT(entries_.missing(), 300U);
    come(entries_.begin(), 1024);
    EXPECT_EQ(entries_.counted_bytes(), 650U * 10'000);
    for (int i = 0; i < 10; ++i) entries_.set_gone(entries_.first_ready());
    EXPECT_EQ(entries_.counted_bytes(), 640U * 10'000);
    entries_.count_at_least(0);
    EXPECT_EQ(entries_.counted_bytes(), entries_.bytes());
    EXPECT_EQ(entries_.bytes(), taken);
}

TEST_F(EntriesTest, what_waits_on_disk_takes_about_a_byte) {
    constexpr std::uint32_t kCount = 64 * 1000;
    const std::size_t before = allocated_bytes();
    append(kCount);
    std::vector<PageOut> leaving = entries_.page_out(0);
    for (std::uint32_t i = 0; i < leaving.size(); ++i) {
        entries_.find(leaving[i].ordinal)->place = {1, i};
    }
    entries_.left(leaving);
    std::vector<PageOut>().swap(leaving);
    EXPECT_TRUE(entries_.page_out(0).empty());
    ASSERT_EQ(entries_.missing(), kCount - 1);  // the head stays
    EXPECT_LT(allocated_bytes() - before, 2 * kCount);
}

TEST_F(EntriesTest, the_farthest_from_the_head_leaves_first) {
    append(64 * 10);
    leave(entries_.bytes() / 2);
    EXPECT_NE(entries_.find(entries_.begin() + 64 * 4), nullptr);
    EXPECT_EQ(entries_.find(entries_.begin() + 64 * 5), nullptr);
}

TEST_F(EntriesTest, what_somebody_has_stays) {
    append(64 * 3);
    entries_.set_delivered(entries_.begin() + 70, 1);
    leave();
    EXPECT_NE(entries_.find(entries_.begin() + 70), nullptr);
    EXPECT_EQ(entries_.find(entries_.begin() + 130), nullptr);
}

TEST_F(EntriesTest, one_old_message_does_not_keep_the_room_of_all_that_pass_by) {
    append(1);
    entries_.set_delivered(entries_.first_ready(), 1);
    for (int i = 0; i < 100'000; ++i) {
        append(1);
        const std::uint64_t ordinal = entries_.first_ready();
        entries_.set_delivered(ordinal, 2);
        entries_.set_gone(ordinal);
    }
    int places = 0;
    for (std::uint64_t at = entries_.begin(); at < entries_.end();
         at = entries_.next_live(at + 1)) {
        ++places;
    }
    EXPECT_EQ(places, 1);
    EXPECT_EQ(entries_.size(), 1U);
    EXPECT_NE(entries_.find(entries_.begin()), nullptr);
}

TEST_F(EntriesTest, what_an_earlier_run_left_is_there_without_messages) {
    entries_.append(Entry{.message = message(), .at = {1}});
    entries_.append(PagedRun{.first = {7, 100}, .count = 200, .priority = 9});
    entries_.end_recovery();
    EXPECT_EQ(entries_.size(), 201U);
    EXPECT_EQ(entries_.missing(), 200U);
    const std::vector<PageIn> asked = entries_.page_in(entries_.begin(), 1024);
    ASSERT_EQ(asked.size(), 200U);
    for (std::uint32_t i = 0; i < asked.size(); ++i) {
        EXPECT_EQ(asked[i].place, (Place{7, 100 + i}));
    }
    const std::uint64_t next = entries_.append(Entry{.message = message(), .at = {500}});
    EXPECT_EQ(entries_.next_ready(asked.back().ordinal + 1), next);
}

/// Against a plain list of what is there, whatever happens.
TEST_F(EntriesTest, behaves_as_a_list) {
    std::mt19937 random(7);
    const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
    for (int round = 0; round < 12; ++round) {
        std::destroy_at(&entries_);
        std::construct_at(&entries_);
        disk_.clear();
        std::map<std::uint64_t, std::pair<std::uint64_t, bool>> model;  // lsn, delivered
        for (int step = 0; step < 2000; ++step) {
            switch (below(8)) {
                case 0:
                case 1:
                case 2:
                    for (std::uint32_t i = below(100); i > 0; --i) {
                        const std::uint64_t lsn = ++lsn_;
                        const auto p = static_cast<std::uint8_t>(below(50) == 0 ? 9 : 4);
                        model[entries_.append(Entry{
                            .message = message(p), .at = {lsn}, .priority = p})] = {lsn, false};
                    }
                    break;
                case 3:
                    leave(entries_.bytes() / (1 + below(4)));
                    break;
                case 4:
                    come(entries_.begin() + below(4096), below(1500));
                    break;
                default:
                    for (std::uint32_t i = below(120); i > 0; --i) {
                        const std::uint64_t first = entries_.first_ready();
                        if (first == entries_.end()) break;
                        Entry* entry = entries_.find(first);
                        if (entry == nullptr || entry->message == nullptr) come(first, 64);
                        EXPECT_EQ(entries_.find(first)->at.lsn, model.at(first).first);
                        entries_.set_delivered(first, 1);
                        model.at(first).second = true;
                        const auto settled = std::next(
                            model.begin(), below(std::min<std::uint32_t>(
                                               3, static_cast<std::uint32_t>(model.size()))));
                        if (!settled->second.second) continue;
                        if (below(3) == 0) {
                            entries_.set_ready(settled->first);
                            settled->second.second = false;
                        } else {
                            entries_.set_gone(settled->first);
                            model.erase(settled);
                        }
                    }
            }
            ASSERT_EQ(entries_.size(), model.size());
            if (step % 100 != 0) continue;
            const auto ready =
                std::ranges::count_if(model, [](const auto& one) { return !one.second.second; });
            ASSERT_EQ(entries_.ready(), static_cast<std::size_t>(ready));
        }
        std::uint64_t at = entries_.begin();
        for (const auto& [ordinal, what] : model) {
            at = entries_.next_live(at);
            ASSERT_EQ(at++, ordinal);
        }
    }
}

}  // namespace
}  // namespace tern::broker
