#include "store/segment_set.h"

#include "bytes/crc32c.h"
#include "journal/errc.h"
#include "runtime/seeded_random.h"
#include "runtime/sim/sim_disk.h"
#include "store/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace tern::store {
namespace {

using broker::PagedIn;
using broker::PageIn;
using broker::PageOut;
using broker::Place;
using broker::QueueId;

constexpr QueueId kQ{7};
constexpr QueueId kR{8};
constexpr std::uint64_t kJournal = 4711;

/// Segments on a simulated disk: messages have their lsn for a text.
class SegmentSetTest : public testing::Test {
protected:
    SegmentSetTest() { open(); }

    void open() {
        set_ = std::make_unique<SegmentSet>(disk_, options_);
        const auto opened = set_->open();
        ASSERT_TRUE(opened) << opened.error().message();
        const auto started = set_->start(kJournal);
        ASSERT_TRUE(started) << started.error().message();
    }
    void crash() {
        SeededRandom luck(++seed_);
        disk_.crash(luck);
        open();
    }
    static std::string text(std::uint64_t lsn) {
        return std::to_string(lsn) + std::string(lsn % 97, '.');
    }
    static PageOut message(std::uint64_t lsn, bool shared = false) {
        return {.ordinal = lsn,
                .at = {lsn},
                .message = Message::create({}, {}, {}, as_bytes(text(lsn)), nullptr),
                .announced = lsn % 2 == 0,
                .shared = shared};
    }
    std::vector<Place> put(QueueId queue, std::uint64_t first, std::uint64_t last,
                           bool shared = false) {
        std::vector<PageOut> messages;
        for (std::uint64_t lsn = first; lsn <= last; ++lsn) {
            messages.push_back(message(lsn, shared));
        }
        const auto places = set_->put(queue, messages);
        EXPECT_TRUE(places);
        EXPECT_TRUE(set_->sync());
        return places ? *places : std::vector<Place>();
    }
    void expect_there(std::span<const Place> places, std::uint64_t first) {
        std::vector<PageIn> wanted;
        for (const Place& place : places)
            wanted.push_back({.ordinal = first + wanted.size(), .place = place});
        const std::vector<PagedIn> got = set_->get(wanted, SIZE_MAX);
        ASSERT_EQ(got.size(), places.size());
        for (const PagedIn& one : got) {
            ASSERT_NE(one.message, nullptr) << one.ordinal;
            EXPECT_EQ(one.lsn, one.ordinal);
            EXPECT_EQ(as_text(one.message->body().bytes()), text(one.ordinal));
            EXPECT_EQ(one.announced, one.ordinal % 2 == 0);
        }
    }
    /// The lsns of what is left of a queue.
    std::vector<std::uint64_t> left(QueueId queue) {
        SegmentLookup lookup(*set_);
        std::vector<std::uint64_t> lsns;
        for (const SegmentLookup::Ref& ref : lookup.blocks(queue)) {
            const auto index = lookup.index(ref);
            EXPECT_TRUE(index);
            for (const IndexEntry& entry : *index) {
                if (!ref.segment->is_dead(entry.slot)) lsns.push_back(entry.lsn);
            }
        }
        std::ranges::sort(lsns);
        return lsns;
    }
    void shrink() {
        for (;;) {
            const auto more = set_->shrink();
            ASSERT_TRUE(more) << more.error().message();
            if (!*more) return;
        }
    }

    SimDisk disk_;
    SegmentOptions options_{.bytes = 64 * 1024, .shrink_bytes_min = 1024};
    std::unique_ptr<SegmentSet> set_;
    std::uint64_t seed_ = 0;
};

TEST_F(SegmentSetTest, gives_back_what_was_put_also_after_a_crash) {
    const std::vector<Place> own = put(kQ, 1, 3000);
    const std::vector<Place> few = put(kR, 5001, 5010);
    expect_there(own, 1);
    expect_there(few, 5001);
    EXPECT_NE(own.front().segment, own.back().segment) << "segments end";
    crash();
    expect_there(own, 1);
    expect_there(few, 5001);
    EXPECT_EQ(left(kQ).size(), 3000U);
    EXPECT_EQ(left(kR).size(), 10U);
}

TEST_F(SegmentSetTest, finds_one_message_among_many_also_where_others_were_left_out) {
    const std::vector<Place> places = put(kQ, 1, 1000);
    const auto each_alone = [&](const auto& wanted) {
        // Spread over all blocks, twice: the first look at a block is another one.
        for (std::size_t i = 0; i < 2 * places.size(); ++i) {
            const std::size_t at = i * 389 % places.size();
            if (wanted(at)) expect_there(std::span(places).subspan(at, 1), at + 1);
        }
    };
    each_alone([](std::size_t) { return true; });
    const auto kept = [](std::size_t at) { return at % 7 == 0 || at % 11 == 3; };
    std::vector<Place> gone;
    for (std::size_t at = 0; at < places.size(); ++at) {
        if (!kept(at)) gone.push_back(places[at]);
    }
    set_->settle(gone);
    ASSERT_TRUE(set_->flush());
    shrink();
    each_alone(kept);
    crash();
    each_alone(kept);
}

TEST_F(SegmentSetTest, knows_after_a_crash_before_when_nothing_expires) {
    std::vector<PageOut> messages;
    for (std::uint64_t lsn = 1; lsn <= 5; ++lsn) {
        MessageHeader header;
        header.expires_at_ms = lsn == 1 ? 0 : static_cast<std::int64_t>(10'000 - lsn);
        messages.push_back(
            {.at = {lsn}, .message = Message::create(header, {}, {}, as_bytes("m"), nullptr)});
    }
    const auto places = set_->put(kQ, messages);
    ASSERT_TRUE(places && set_->sync());
    std::ignore = put(kR, 6, 9);
    crash();
    SegmentLookup lookup(*set_);
    for (const SegmentLookup::Ref& ref : lookup.blocks(kQ)) {
        EXPECT_EQ(ref.block->first_expiry_ms, 9995);
    }
    for (const SegmentLookup::Ref& ref : lookup.blocks(kR)) {
        EXPECT_EQ(ref.block->first_expiry_ms, 0);
    }
    EXPECT_THAT(lookup.blocks(kQ), testing::SizeIs(1));
}

TEST_F(SegmentSetTest, finds_what_was_put_twice) {
    std::ignore = put(kQ, 1, 5);
    const std::vector<Place> again = put(kQ, 3, 8);
    std::ignore = put(kR, 3, 8);
    crash();
    const auto doubles = SegmentLookup(*set_).doubles();
    ASSERT_TRUE(doubles);
    EXPECT_THAT(*doubles, testing::ElementsAreArray(std::span(again).first(3)));
    set_->settle(*doubles);
    EXPECT_THAT(left(kQ), testing::ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
    EXPECT_EQ(left(kR).size(), 6U);
    EXPECT_TRUE(SegmentLookup(*set_).doubles()->empty());
}

TEST_F(SegmentSetTest, what_several_queues_have_lies_there_once) {
    const std::vector<Place> a = put(kQ, 1, 500, true);
    const std::uint64_t bytes = set_->bytes();
    const std::vector<Place> b = put(kR, 1, 500, true);
    EXPECT_LT(set_->bytes() - bytes, 500 * kIndexEntryBytes + 2 * kBlockHeaderBytes);
    expect_there(a, 1);
    expect_there(b, 1);
    // What one of them has consumed is there for the other, also when it is written anew.
    set_->settle(std::span(a).first(490));
    set_->settle(std::span(b).first(400));
    ASSERT_TRUE(set_->flush());
    shrink();
    EXPECT_LT(set_->bytes(), bytes / 2);
    expect_there(std::span(a).last(10), 491);
    expect_there(std::span(b).last(100), 401);
    crash();
    expect_there(std::span(b).last(100), 401);
    EXPECT_EQ(left(kQ).size(), 10U);
    EXPECT_EQ(left(kR).size(), 100U);
}

TEST_F(SegmentSetTest, files_that_nobody_needs_go) {
    const std::vector<Place> places = put(kQ, 1, 3000);
    set_->settle(places);
    EXPECT_TRUE(set_->empty());
    EXPECT_EQ(disk_.list(kSegmentFolder)->size(), 0U);
    ASSERT_TRUE(set_->flush());
    crash();
    EXPECT_TRUE(set_->empty());
    EXPECT_NE(put(kQ, 1, 3000).front().segment, 0U);
}

TEST_F(SegmentSetTest, what_was_settled_stays_so_once_flushed) {
    const std::vector<Place> places = put(kQ, 1, 1000);
    std::vector<Place> even;
    for (std::size_t i = 1; i < places.size(); i += 2) even.push_back(places[i]);
    set_->settle(even);
    set_->settle(even);
    set_->mark(kQ, 300);
    ASSERT_TRUE(set_->flush());
    crash();
    EXPECT_EQ(left(kQ).size(), 500U);
    EXPECT_EQ(SegmentLookup(*set_).marked(kQ), 300U);
    set_->remove(kQ);
    ASSERT_TRUE(set_->flush());
    crash();
    EXPECT_TRUE(set_->empty());
}

TEST_F(SegmentSetTest, says_after_a_crash_of_each_message_when_it_expires) {
    constexpr std::uint64_t kCount = 300;
    std::vector<PageOut> messages;
    for (std::uint64_t lsn = 1; lsn <= kCount; ++lsn) {
        messages.push_back(message(lsn));
        MessageHeader header;
        header.expires_at_ms = static_cast<std::int64_t>(lsn * 7919 % kCount);
        messages.back().message = Message::create(header, {}, {}, as_bytes(text(lsn)), nullptr);
    }
    const auto places = set_->put(kQ, messages);
    ASSERT_TRUE(places && set_->sync());
    std::vector<std::uint64_t> expected;
    const auto expect_deadlines = [&] {
        SegmentLookup lookup(*set_);
        RecoveredQueue queue;
        queue.definition.queue = kQ;
        ASSERT_TRUE(add_waiting(lookup, queue, {}, [](broker::StoredAt) {}));
        std::vector<std::int64_t> found;
        for (const auto& [run, before] : queue.runs) {
            EXPECT_EQ(run.deadlines.size(), run.count);
            found.insert(found.end(), run.deadlines.begin(), run.deadlines.end());
        }
        ASSERT_EQ(found.size(), expected.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            EXPECT_EQ(found[i], messages[expected[i] - 1].message->header().expires_at_ms);
        }
    };
    for (std::uint64_t lsn = 1; lsn <= kCount; ++lsn) expected.push_back(lsn);
    crash();
    expect_deadlines();
    // And when a part of them was written anew.
    std::vector<Place> gone;
    for (std::size_t i = 0; i < kCount; ++i) {
        if (i % 4 != 0) gone.push_back((*places)[i]);
    }
    std::erase_if(expected, [](std::uint64_t lsn) { return lsn % 4 != 1; });
    set_->settle(gone);
    const std::uint64_t before = set_->bytes();
    shrink();
    EXPECT_LT(set_->bytes(), before / 2);
    ASSERT_TRUE(set_->flush());
    crash();
    expect_deadlines();
    for (const std::uint64_t lsn : expected) expect_there({&(*places)[lsn - 1], 1}, lsn);
}

TEST_F(SegmentSetTest, sparse_segments_shrink_and_places_stay) {
    const std::vector<Place> places = put(kQ, 1, 3000);
    std::vector<Place> gone;
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (i % 10 != 0) gone.push_back(places[i]);
    }
    const std::uint64_t before = set_->bytes();
    set_->settle(gone);
    // Some go while a segment is being written anew.
    std::vector<Place> late;
    for (int step = 0;; ++step) {
        const auto more = set_->shrink();
        ASSERT_TRUE(more);
        if (!*more) break;
        const auto i = static_cast<std::size_t>(step) * 50;
        if (i >= places.size()) continue;
        late.push_back(places[i]);
        set_->settle({&late.back(), 1});
    }
    EXPECT_LT(set_->bytes(), before / 4);
    EXPECT_EQ(left(kQ).size(), 300 - late.size());
    for (std::size_t i = 0; i < places.size(); i += 10) {
        if (std::ranges::find(late, places[i]) == late.end()) expect_there({&places[i], 1}, i + 1);
    }
    ASSERT_TRUE(set_->flush());
    crash();
    EXPECT_EQ(left(kQ).size(), 300 - late.size());
    expect_there({&places[2990], 1}, 2991);
}

TEST_F(SegmentSetTest, one_message_that_is_left_keeps_little_of_the_disk) {
    options_.bytes = std::uint64_t{1024} * 1024;
    crash();
    const std::vector<Place> places = put(kQ, 1, 3000);
    ASSERT_EQ(set_->segments().size(), 1U);
    for (std::size_t i = 1; i < places.size(); ++i) {
        set_->settle({&places[i], 1});
        shrink();
    }
    EXPECT_LT(set_->bytes(), 2048U);
    expect_there({places.data(), 1}, 1);
}

TEST_F(SegmentSetTest, a_start_makes_sure_of_names_that_a_dead_process_left_unsynced) {
    const std::vector<PageOut> messages{message(1), message(2)};
    ASSERT_TRUE(set_->put(kQ, messages));
    disk_.fail_sync(2, std::errc::io_error);  // of the folder, behind that of the file
    ASSERT_FALSE(set_->sync());
    set_.reset();
    disk_.kill();
    open();
    crash();
    EXPECT_EQ(left(kQ), (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(SegmentSetTest, a_segment_of_few_messages_shrinks_as_well) {
    std::vector<PageOut> messages;
    const std::string body(10'000, 'x');
    for (std::uint64_t lsn = 1; lsn <= 5; ++lsn) {
        messages.push_back(
            {.at = {lsn}, .message = Message::create({}, {}, {}, as_bytes(body), nullptr)});
    }
    const auto places = set_->put(kQ, messages);
    ASSERT_TRUE(places && set_->sync());
    const std::uint64_t before = set_->bytes();
    set_->settle(std::span(*places).subspan(1, 3));
    shrink();
    EXPECT_LT(set_->bytes(), before / 2);
    EXPECT_EQ(left(kQ), (std::vector<std::uint64_t>{1, 5}));
}

TEST_F(SegmentSetTest, transient_messages_are_gone_after_a_restart) {
    std::vector<PageOut> messages{message(1), message(2)};
    for (PageOut& one : messages) one.at = {};
    const auto places = set_->put(kQ, messages);
    ASSERT_TRUE(places);
    const std::vector<PagedIn> got =
        set_->get(std::array{PageIn{1, places->front()}, PageIn{2, places->back()}}, SIZE_MAX);
    EXPECT_EQ(as_text(got.back().message->body().bytes()), text(2));
    disk_.kill();
    open();
    EXPECT_TRUE(set_->empty());
}

TEST_F(SegmentSetTest, a_full_disk_leaves_everything_as_it_was) {
    const std::vector<Place> before = put(kQ, 1, 1000);
    disk_.fail_write(2, std::errc::no_space_on_device);
    std::vector<PageOut> messages;
    for (std::uint64_t lsn = 1001; lsn <= 3000; ++lsn) messages.push_back(message(lsn));
    const auto refused = set_->put(kQ, messages);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), std::errc::no_space_on_device);
    const std::vector<Place> again = put(kQ, 1001, 3000);
    expect_there(before, 1);
    expect_there(again, 1001);
    ASSERT_TRUE(set_->flush());
    crash();
    EXPECT_EQ(left(kQ).size(), 3000U);
}

TEST_F(SegmentSetTest, damage_is_found_and_told) {
    const std::vector<Place> places = put(kQ, 1, 400);
    std::ignore = put(kQ, 401, 800);
    // In a message: it alone cannot be read.
    disk_.flip_bit(segment_path(1), kSegmentHeaderBytes + kBlockHeaderBytes + 400 * 32 + 10, 3);
    open();
    const std::vector<PagedIn> got =
        set_->get(std::array{PageIn{1, places[0]}, PageIn{2, places[1]}}, SIZE_MAX);
    EXPECT_EQ(got[0].message, nullptr);
    EXPECT_NE(got[1].message, nullptr);
    // Where a block begins: later ones say that it had been there.
    disk_.flip_bit(segment_path(1), kSegmentHeaderBytes + 20, 3);
    SegmentSet damaged(disk_, options_);
    EXPECT_EQ(damaged.open().error(), journal::Errc::corrupt);
}

TEST_F(SegmentSetTest, foreign_and_newer_files_are_refused) {
    std::ignore = put(kQ, 1, 400);
    SegmentSet foreign(disk_, options_);
    ASSERT_TRUE(foreign.open());
    EXPECT_EQ(foreign.start(kJournal + 1).error(), journal::Errc::corrupt);
    SegmentHeader header{.journal = kJournal, .segment = 1, .queue = kQ};
    auto bytes = encode(header);
    bytes[11] = kSegmentVersion + 1;  // the version, but not the checksum
    EXPECT_FALSE(decode_segment_header(bytes));
    for (std::uint32_t version = 0; version <= kSegmentVersion + 1; ++version) {
        store_big_endian(bytes.data() + 8, version);
        store_big_endian(bytes.data() + 60, crc32c(Bytes(bytes).first(60)));
        const auto decoded = decode_segment_header(bytes);
        if (version >= kSegmentVersionOldest && version <= kSegmentVersion) {
            EXPECT_TRUE(decoded) << version;
        } else {
            ASSERT_FALSE(decoded) << version;
            EXPECT_EQ(decoded.error(), journal::Errc::wrong_version);
        }
    }
    EXPECT_EQ(segment_of("00000012.seg"), 12U);
    EXPECT_FALSE(segment_of("12.seg") || segment_of("x.seg") || segment_of("00000012.log"));
}

/// Without dated blocks version 2 is version 1, but for its number.
TEST_F(SegmentSetTest, files_of_version_1_are_read) {
    const std::vector<Place> places = put(kQ, 1, 400);
    ASSERT_TRUE(set_->flush());
    set_.reset();
    {
        const auto file = disk_.open(segment_path(1), Disk::Open::existing).value();
        auto header = encode(SegmentHeader{.journal = kJournal, .segment = 1, .queue = kQ});
        store_big_endian(header.data() + 8, std::uint32_t{1});
        store_big_endian(header.data() + 60, crc32c(Bytes(header).first(60)));
        ASSERT_TRUE(file->write_at(0, std::array{Bytes(header)}));
        ASSERT_TRUE(file->sync());
    }
    open();
    expect_there(places, 1);
    set_->settle(std::span(places).subspan(0, 300));
    shrink();
    EXPECT_EQ(left(kQ).size(), 100U);
    ASSERT_TRUE(set_->flush());
    crash();
    expect_there(std::span(places).subspan(300), 301);
}

/// Power fails during any change; what was promised holds.
TEST_F(SegmentSetTest, survives_power_failures_at_any_time) {
    SeededRandom random(99);
    std::map<std::uint64_t, Place> alive;  // promised to be there
    std::set<std::uint64_t> doubtful;      // settled or put, and nothing was promised yet
    std::set<std::uint64_t> gone;          // promised to be gone
    std::uint64_t next = 1;
    for (int round = 0; round < 300; ++round) {
        disk_.cut_power_at(1 + random.below(60));
        while (disk_.powered()) {
            std::vector<PageOut> messages;
            for (std::uint64_t i = 1 + random.below(200); i > 0; --i) {
                messages.push_back(message(next++, random.below(5) == 0));
                doubtful.insert(messages.back().at.lsn);
            }
            const auto places = set_->put(kQ, messages);
            if (!places || !set_->sync()) break;
            for (std::size_t i = 0; i < messages.size(); ++i) {
                alive[messages[i].at.lsn] = (*places)[i];
                doubtful.erase(messages[i].at.lsn);
            }
            std::vector<std::uint64_t> settled;
            for (std::uint64_t i = random.below(220); i > 0 && !alive.empty(); --i) {
                const auto one = std::next(
                    alive.begin(), static_cast<std::ptrdiff_t>(
                                       random.below(std::min<std::uint64_t>(alive.size(), 50))));
                settled.push_back(one->first);
                set_->settle({&one->second, 1});
                alive.erase(one);
            }
            doubtful.insert(settled.begin(), settled.end());
            if (random.below(3) == 0 && set_->flush()) {
                for (const std::uint64_t lsn : std::exchange(doubtful, {})) gone.insert(lsn);
            }
            while (random.below(8) != 0) {
                const auto more = set_->shrink();
                if (!more || !*more) break;
            }
        }
        crash();
        const std::vector<std::uint64_t> there = left(kQ);
        for (const std::uint64_t lsn : there) {
            EXPECT_TRUE(alive.contains(lsn) || doubtful.contains(lsn)) << lsn << " round " << round;
        }
        for (const auto& [lsn, place] : alive) expect_there({&place, 1}, lsn);
        // What is doubtful is settled by what is there, as the journal would.
        SegmentLookup lookup(*set_);
        std::vector<Place> settle;
        for (const std::uint64_t lsn : doubtful) {
            const auto place = lookup.find(kQ, lsn);
            ASSERT_TRUE(place);
            if (*place) settle.push_back(**place);
        }
        set_->settle(settle);
        ASSERT_TRUE(set_->flush());
        for (const std::uint64_t lsn : std::exchange(doubtful, {})) gone.insert(lsn);
    }
    EXPECT_LT(set_->bytes(), 4 * set_->live_bytes() + 8 * options_.bytes);
}

}  // namespace
}  // namespace tern::store
