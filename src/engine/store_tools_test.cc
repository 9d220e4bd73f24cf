// The tools for a store, on what the broker leaves behind.
#include "engine/engine_story.h"
#include "store/tools/builder.h"
#include "store/tools/check.h"
#include "store/tools/memory_archive.h"

#include <fmt/format.h>

namespace tern::engine {
namespace {

using store::tools::Answer;
using store::tools::Contents;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class StoreToolsTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    StoreToolsTest() : EngineStory(static_cast<std::uint16_t>(GetParam())) {
        engine_options_ = {.queue_memory_bytes = 64 * 1024, .memory_bytes = 1024 * 1024};
        restart();
    }

    std::unique_ptr<Contents> read() {
        auto contents = Contents::read(disk_);
        EXPECT_TRUE(contents) << contents.error();
        const auto checked = check(**contents);
        EXPECT_TRUE(checked) << checked.error();
        for (const auto& one : (*contents)->findings().all()) {
            EXPECT_EQ(one.kind, store::tools::Finding::Kind::note) << one.file << ": " << one.what;
        }
        return std::move(*contents);
    }
    /// What a queue has, as `on` says it.
    static std::map<std::string, std::vector<std::string>> texts(Contents& contents) {
        std::map<std::string, std::vector<std::string>> all;
        const auto done = contents.each([&](const store::tools::StoredMessage& one) {
            const auto loaded = contents.load(one);
            EXPECT_TRUE(loaded) << loaded.error();
            for (const store::Route& route : one.routes) {
                const store::Definition& queue = *contents.find(route.queue);
                all[queue.bindings.front().name].push_back(
                    std::string(as_text((*loaded)->body().bytes())) + (route.announced ? "!" : ""));
            }
            return Answer<void>();
        });
        EXPECT_TRUE(done) << done.error();
        return all;
    }
    /// The broker ends, its store goes into an archive, and the next one starts on what comes out.
    void move_by_archive() {
        idle();
        SeededRandom luck(++seed_);
        disk_.crash(luck);
        store::tools::MemoryArchive archive;
        {
            const auto contents = read();
            store::tools::ArchiveWriter writer(archive);
            ASSERT_TRUE(copy(*contents, writer, 0, store::tools::Tolerance::none));
        }
        for (const char* const folder : {"journal", "segments", "large"}) {
            const std::vector<std::string> names = disk_.list(folder).value();
            for (const std::string& name : names) {
                ASSERT_TRUE(disk_.remove(fmt::format("{}/{}", folder, name)));
            }
            const bool synced = names.empty() || disk_.sync_folder(folder);
            ASSERT_TRUE(synced);
        }
        store::tools::StoreBuilder builder(disk_, 99);
        const auto imported = store::tools::ArchiveReader(archive).run(builder);
        ASSERT_TRUE(imported) << imported.error();
        crash();
    }
};

INSTANTIATE_TEST_SUITE_P(Shards, StoreToolsTest, testing::Values(1, 2));

TEST_P(StoreToolsTest, read_what_a_start_recovers_whenever_the_power_fails) {
    SeededRandom dice(4711);
    int paged = 0;
    for (int round = 0; round < 60; ++round) {
        StoryClient& client = connect();
        for (const char* const queue : {"a", "b"}) client.subscribe(queue, queue, 20);
        const int count = static_cast<int>(dice.below(200));
        for (int i = 0; i < count; ++i) {
            const std::string name = fmt::format("{}.{}{}", round, i, std::string(300, 'x'));
            client.publish(dice.below(3) == 0 ? "a" : dice.below(2) == 0 ? "b" : "c", name);
            if (dice.below(20) == 0) idle();
            for (const char* const queue : {"a", "b"}) {
                for (std::string got : client.got(queue)) {
                    if (got.ends_with('!')) got.pop_back();
                    if (dice.below(2) == 0) client.settle(got);
                }
            }
        }
        for (std::uint64_t steps = dice.below(200); steps > 0; --steps) {
            if (!world_->ready()) break;
            world_->step();
        }
        SeededRandom luck(++seed_);
        disk_.crash(luck);
        auto found = texts(*read());
        crash();
        for (const char* const queue : {"a", "b", "c"}) {
            EXPECT_EQ(on(queue), found[queue]) << "queue " << queue << " in round " << round;
        }
        if (!segments_->set().empty()) ++paged;
    }
    EXPECT_GT(paged, 10) << "segments were in it";
}

TEST_P(StoreToolsTest, an_archive_has_a_deep_backlog_in_its_order) {
    StoryClient& client = connect();
    std::vector<std::string> all;
    for (int i = 0; i < 3000; ++i) {
        all.push_back(std::to_string(i) + std::string(100, 'x'));
        client.publish("q", all.back());
        if (i % 50 == 0) idle();
    }
    idle();
    move_by_archive();
    EXPECT_EQ(on("q"), all);
    connect().publish("q", "last");
    all.emplace_back("last");
    restart();
    EXPECT_EQ(on("q"), all);
}

TEST_P(StoreToolsTest, an_archive_has_subscriptions_transactions_jobs_and_large_bodies) {
    Settings settings;
    settings.scheduler.enabled = true;
    configure(settings);
    StoryClient& client = connect();
    client.identify("id", "1");
    client.subscribe_named("s", "topic t", {.key = {"id", "sub"}});
    client.publish("in", "0");
    client.subscribe("c", "in");
    idle();
    client.join(1, "x");
    client.settle_in(1, {"0"});
    client.publish_in(1, "out", "1");
    idle();
    client.prepare("x");
    client.publish_with("later", "job", "AMQ_SCHEDULED_DELAY=5000");
    client.publish_in_file("files", "large", 300'000);
    idle();
    client.unsubscribe("s");
    client.publish("topic t", "for the subscription");
    idle();
    client.forget_bodies();
    client.disconnect();
    move_by_archive();
    EXPECT_THAT(on("out"), IsEmpty());
    StoryClient& next = connect();
    next.identify("id", "2");
    next.subscribe_named("s", "topic t", {.key = {"id", "sub"}});
    next.list_branches();
    next.subscribe("f", "files");
    idle();
    EXPECT_THAT(next.got("s"), ElementsAre("for the subscription"));
    EXPECT_THAT(next.branches(), ElementsAre("x"));
    EXPECT_THAT(next.got("f"), SizeIs(1));
    next.read("large");
    idle();
    EXPECT_EQ(next.read_bytes("large"), 300'000U);
    next.finish("x", broker::BranchEnd::commit);
    idle();
    EXPECT_THAT(on("out"), ElementsAre("1"));
    EXPECT_THAT(on("in"), IsEmpty());
    EXPECT_THAT(on("later"), IsEmpty());
    pass(Millis(6000));
    EXPECT_THAT(on("later"), SizeIs(1));
}

}  // namespace
}  // namespace tern::engine
