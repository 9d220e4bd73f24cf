#include "store/recovery.h"

#include "message/errors.h"
#include "store/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace tern::store {
namespace {

using broker::Destination;
using broker::Domain;
using broker::QueueId;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

/// What a broker appended before it stopped, told record by record; queues are numbers, messages
/// names. The records go through `Batch`, as the broker's do.
class RecoveryStory : public testing::Test {
protected:
    void define(std::uint32_t queue, const std::string& name = {}) {
        Batch batch;
        batch.define({QueueId{queue},
                      {Destination(Domain::queue, false,
                                   name.empty() ? "q" + std::to_string(queue) : name)}});
        defined_[queue] = append(std::move(batch)).front();
    }
    void subscribe(std::uint32_t queue, const std::string& name) {
        Batch batch;
        batch.define({.queue = QueueId{queue},
                      .bindings = {Destination(Domain::topic, false, "t")},
                      .subscription = broker::NamedSubscription{.key = {"client", name}}});
        defined_[queue] = append(std::move(batch)).front();
    }
    void remove(std::uint32_t queue, std::vector<std::string> left = {}) {
        std::vector<broker::StoredAt> places;
        for (const std::string& name : left) places.push_back(at_.at(name));
        Batch batch;
        batch.remove(QueueId{queue}, defined_.at(queue), places);
        append(std::move(batch));
    }
    /// With "!": the message may have been delivered at once.
    void publish(std::string name, std::vector<std::uint32_t> queues) {
        const bool announced = name.ends_with('!');
        if (announced) name.pop_back();
        std::vector<Route> routes;
        for (const std::uint32_t queue : queues) {
            routes.push_back({.queue = QueueId{queue}, .owner = {}, .announced = announced});
        }
        Batch batch;
        batch.publish(*Message::create({}, {}, {}, as_bytes(name), nullptr), routes, origin_);
        at_[name] = append(std::move(batch)).front();
    }
    void settle(std::uint32_t queue, std::vector<std::string> names) {
        Batch batch;
        for (const std::string& name : names) batch.settle(QueueId{queue}, at_.at(name));
        append(std::move(batch));
    }
    void mark(std::uint32_t queue, const std::string& up_to) {
        Batch batch;
        batch.mark(QueueId{queue}, at_.at(up_to).lsn);
        append(std::move(batch));
    }
    void next_file() { ++file_; }
    /// Who sends the messages that follow, and how many it has sent.
    void from(std::uint64_t producer, std::uint64_t sequence) { origin_ = {producer, sequence}; }

    void finish() {
        for (RecoveredQueue& queue : recovery_.finish()) {
            queues_.emplace(queue.definition.queue.value, std::move(queue));
        }
        for (const journal::Release& hold : recovery_.holds()) {
            holds_[files_.at(hold.lsn.value)] += hold.count;
        }
    }

    /// What is on a queue, with "!" where somebody may have seen it.
    std::vector<std::string> left_on(std::uint32_t queue) {
        std::vector<std::string> names;
        for (const RecoveredMessage& one : queues_.at(queue).messages) {
            const std::string name(as_text(one.message->body().bytes()));
            EXPECT_EQ(one.at, at_.at(name));
            names.push_back(one.announced ? name + "!" : name);
        }
        return names;
    }

    std::vector<broker::StoredAt> append(Batch batch) {
        std::vector<broker::StoredAt> places;
        const journal::Batch sealed = std::move(batch).seal();
        for (const journal::Record& record : sealed.records) {
            ByteWriter body;
            for (const Buffer& part : record.parts) body.append(part.bytes());
            const auto applied = apply(record.type, body.bytes());
            EXPECT_TRUE(applied) << applied.error().message();
            places.push_back({lsn_});
            alive_[file_] += record.holds;
        }
        for (const journal::Release& release : sealed.releases) {
            alive_[files_.at(release.lsn.value)] -= release.count;
        }
        return places;
    }
    Result<void> apply(std::uint8_t type, Bytes body) {
        files_[++lsn_] = file_;
        return recovery_.apply({.journal = 1,
                                .lsn = journal::Lsn{lsn_},
                                .file = journal::FileNumber{file_},
                                .offset = 0},
                               type, body);
    }
    /// What the broker itself thought was held when it stopped.
    std::map<std::uint64_t, std::uint32_t> held_before() {
        std::erase_if(alive_, [](const auto& file) { return file.second == 0; });
        return alive_;
    }

    Recovery recovery_;
    std::uint64_t lsn_ = 0;
    std::uint64_t file_ = 1;
    std::map<std::uint64_t, std::uint64_t> files_;  ///< by lsn
    broker::Origin origin_;
    std::map<std::string, broker::StoredAt> at_;
    std::map<std::uint32_t, broker::StoredAt> defined_;
    std::map<std::uint64_t, std::uint32_t> alive_;
    std::map<std::uint32_t, RecoveredQueue> queues_;
    std::map<std::uint64_t, std::uint32_t> holds_;
};

TEST_F(RecoveryStory, an_empty_journal_has_nothing) {
    finish();
    EXPECT_THAT(queues_, IsEmpty());
    EXPECT_THAT(holds_, IsEmpty());
}

TEST_F(RecoveryStory, queues_come_back_with_their_messages_in_order) {
    define(1, "orders");
    define(2, "prices");
    publish("a", {1});
    publish("b", {2});
    publish("c", {1});
    finish();
    EXPECT_EQ(queues_.at(1).definition.bindings.front().name, "orders");
    EXPECT_EQ(queues_.at(1).defined_at, defined_[1]);
    EXPECT_THAT(left_on(1), ElementsAre("a", "c"));
    EXPECT_THAT(left_on(2), ElementsAre("b"));
}

TEST_F(RecoveryStory, settled_messages_stay_away) {
    define(1);
    for (const char* name : {"a", "b", "c", "d"}) publish(name, {1});
    settle(1, {"c", "a"});
    finish();
    EXPECT_THAT(left_on(1), ElementsAre("b", "d"));
}

TEST_F(RecoveryStory, a_message_on_several_queues_is_settled_on_each) {
    define(1);
    define(2);
    publish("a", {1, 2});
    settle(2, {"a"});
    finish();
    EXPECT_THAT(left_on(1), ElementsAre("a"));
    EXPECT_THAT(left_on(2), IsEmpty());
}

TEST_F(RecoveryStory, what_may_have_been_seen_is_known) {
    define(1);
    define(2);
    publish("a", {1, 2});
    publish("b", {1});
    publish("c!", {1});
    publish("d", {1});
    mark(1, "b");
    publish("e", {1});
    finish();
    EXPECT_THAT(left_on(1), ElementsAre("a!", "b!", "c!", "d", "e"));
    EXPECT_THAT(left_on(2), ElementsAre("a")) << "the mark was another queue's";
}

TEST_F(RecoveryStory, marks_never_go_back) {
    define(1);
    for (const char* name : {"a", "b"}) publish(name, {1});
    mark(1, "b");
    mark(1, "a");
    finish();
    EXPECT_THAT(left_on(1), ElementsAre("a!", "b!"));
}

TEST_F(RecoveryStory, a_removed_queue_is_gone_with_its_messages) {
    define(1);
    define(2);
    publish("a", {1, 2});
    publish("b", {1});
    remove(1, {"a", "b"});
    finish();
    EXPECT_THAT(queues_, testing::SizeIs(1));
    EXPECT_THAT(left_on(2), ElementsAre("a"));
}

TEST_F(RecoveryStory, what_reaches_a_queue_after_its_end_is_skipped) {
    define(1);
    publish("a", {1});
    remove(1, {"a"});
    publish("late", {1});
    settle(1, {"a"});
    mark(1, "late");
    finish();
    EXPECT_THAT(queues_, IsEmpty());
    EXPECT_THAT(holds_, IsEmpty());
}

TEST_F(RecoveryStory, an_id_may_be_used_again_by_a_later_run) {
    define(1, "old");
    publish("a", {1});
    remove(1, {"a"});
    define(1, "new");
    publish("b", {1});
    finish();
    EXPECT_EQ(queues_.at(1).definition.bindings.front().name, "new");
    EXPECT_THAT(left_on(1), ElementsAre("b"));
}

TEST_F(RecoveryStory, messages_are_found_though_their_queue_is_defined_behind_them) {
    // The file with the first definition was reused once a second one was written.
    publish("a", {1});
    publish("b", {1});
    settle(1, {"a"});
    mark(1, "b");
    next_file();
    define(1);
    publish("c", {1});
    finish();
    EXPECT_THAT(left_on(1), ElementsAre("b!", "c"));
    EXPECT_THAT(holds_, UnorderedElementsAre(Pair(1, 1), Pair(2, 2)));
}

TEST_F(RecoveryStory, messages_of_queues_that_are_never_defined_are_nobodys) {
    define(1);
    publish("a", {1, 2});
    publish("b", {2});
    finish();
    EXPECT_THAT(queues_, testing::SizeIs(1));
    EXPECT_THAT(holds_, ElementsAre(Pair(1, 2)));
}

TEST_F(RecoveryStory, ids_that_any_record_speaks_of_are_known_to_be_taken) {
    define(1);
    EXPECT_EQ(recovery_.last_queue(), QueueId{1});
    publish("a", {1, 7});
    EXPECT_EQ(recovery_.last_queue(), QueueId{7});
    settle(8, {"a"});
    EXPECT_EQ(recovery_.last_queue(), QueueId{8});
    mark(9, "a");
    EXPECT_EQ(recovery_.last_queue(), QueueId{9});
    defined_[11] = defined_[1];
    remove(11);
    EXPECT_EQ(recovery_.last_queue(), QueueId{11});
    define(10);
    EXPECT_EQ(recovery_.last_queue(), QueueId{11});
}

TEST_F(RecoveryStory, of_repeated_definitions_the_last_one_counts_and_messages_stay) {
    define(1);
    publish("a", {1});
    next_file();
    define(1);
    finish();
    EXPECT_EQ(queues_.at(1).defined_at, defined_[1]);
    EXPECT_THAT(left_on(1), ElementsAre("a"));
    EXPECT_THAT(holds_, UnorderedElementsAre(Pair(1, 1), Pair(2, 1)))
        << "the message in the first file, the definition in the second";
}

TEST_F(RecoveryStory, settling_twice_counts_once) {
    define(1);
    publish("a", {1});
    publish("b", {1});
    settle(1, {"a"});
    settle(1, {"a"});
    finish();
    EXPECT_THAT(left_on(1), ElementsAre("b"));
    EXPECT_THAT(holds_, ElementsAre(Pair(1, 2)));
}

TEST_F(RecoveryStory, holds_are_what_the_broker_had_left) {
    define(1);
    publish("a", {1});
    publish("b", {1});
    next_file();
    define(2);
    publish("c", {1, 2});
    publish("d", {2});
    next_file();
    settle(1, {"a", "c"});
    settle(2, {"d"});
    next_file();
    publish("e", {2});
    remove(1, {"b"});
    finish();
    EXPECT_EQ(holds_, held_before());
    EXPECT_THAT(holds_, ElementsAre(Pair(2, 2), Pair(4, 1)));
}

TEST_F(RecoveryStory, files_without_anything_to_keep_are_not_named) {
    define(1);
    next_file();
    publish("a", {1});
    settle(1, {"a"});
    finish();
    EXPECT_THAT(holds_, ElementsAre(Pair(1, 1)));
}

TEST_F(RecoveryStory, how_far_each_producer_came_is_known_even_if_all_was_consumed) {
    define(1);
    from(77, 5);
    publish("a", {1});
    from(77, 4);
    publish("b", {1});
    from(88, 9);
    publish("c", {1});
    from(0, 0);
    publish("of nobody known", {1});
    settle(1, {"a", "b", "c"});
    finish();
    EXPECT_THAT(recovery_.producers(), UnorderedElementsAre(Pair(77, 5), Pair(88, 9)));
}

TEST_F(RecoveryStory, nonsense_is_an_error) {
    define(1);
    EXPECT_FALSE(apply(0, {}));
    EXPECT_FALSE(apply(99, {}));
    const std::uint8_t few[] = {0, 0, 0};
    for (std::uint8_t type = 1; type <= 5; ++type) {
        EXPECT_FALSE(apply(type, few)) << int{type};
    }
    ByteWriter behind;
    encode_marked(behind, {QueueId{1}, 1});
    behind.u8(0);
    EXPECT_FALSE(apply(static_cast<std::uint8_t>(RecordType::mark), behind.bytes()));
}

TEST_F(RecoveryStory, a_publish_record_without_a_sound_message_is_an_error) {
    define(1);
    const Route route{.queue = QueueId{1}, .owner = {}};
    ByteWriter body;
    encode_routes(body, {&route, 1});
    encode_origin(body, {});
    const auto type = static_cast<std::uint8_t>(RecordType::publish);
    EXPECT_EQ(apply(type, body.bytes()), failure(message::Errc::malformed));
    const auto stored = Message::create({}, {}, {}, as_bytes("body"), nullptr)->stored();
    body.append(stored[0].bytes());
    const std::size_t whole = body.size();
    EXPECT_EQ(apply(type, body.bytes().first(whole - 1)), failure(message::Errc::malformed));
    EXPECT_TRUE(apply(type, body.bytes()));
}

TEST_F(RecoveryStory, of_two_subscriptions_of_a_key_the_newer_counts) {
    subscribe(1, "sub");
    subscribe(2, "other");
    publish("a", {1, 2});
    next_file();
    // The record that removed the first one is lost.
    subscribe(3, "sub");
    publish("b", {2, 3});
    finish();
    EXPECT_FALSE(queues_.contains(1));
    EXPECT_TRUE(queues_.contains(2));
    EXPECT_TRUE(queues_.contains(3));
    EXPECT_THAT(holds_, UnorderedElementsAre(Pair(1, 2), Pair(2, 3))) << "nothing is kept for it";
}

}  // namespace
}  // namespace tern::store
