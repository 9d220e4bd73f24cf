#pragma once

#include "base/temporary_folder_fixture.h"
#include "runtime/posix_disk.h"
#include "runtime/sim/sim_world.h"
#include "store/store.h"
#include "store/tools/archive.h"
#include "store/tools/builder.h"
#include "store/tools/check.h"
#include "store/tools/memory_archive.h"
#include "store/tools/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace tern::store::tools {

using Strings = std::vector<std::string>;

/// A store on a real disk, told as a story: queues are numbers, messages are texts.
class ToolsStory : public testing::Test {
protected:
    ToolsStory() { disk_ = std::move(PosixDisk::open(root_ + "/data").value()); }
    ~ToolsStory() override { close(); }

    // ---- the broker's side

    void open() {
        world_ = std::make_unique<SimWorld>(1, 1, clock_);
        Lane& writer = world_->make_lane();
        journal_ = std::make_unique<journal::Journal>(
            *disk_, writer, world_->make_lane(),
            journal::Options{
                .file_bytes = std::uint64_t{16} * 1024, .archive = archives_, .id = kJournal});
        segments_ = std::make_unique<Segments>(*disk_, world_->make_lane(), SegmentOptions{});
        large_ = std::make_unique<LargeFiles>(*disk_, world_->make_lane(),
                                              LargeOptions{.first_id = 100});
        store_ = std::make_unique<Store>(*journal_, *segments_, large_.get());
        auto recovered = store_->recover();
        ASSERT_TRUE(recovered) << recovered.error().message();
        last_queue_ = recovered->last_queue;
        recovered_.clear();
        for (RecoveredQueue& queue : recovered->queues) {
            recovered_[queue.definition.queue.value] = std::move(queue);
        }
    }
    /// As kill -9, when nothing is under way.
    void close() {
        if (world_ == nullptr) return;
        world_->run_until_idle();
        recovered_.clear();
        bodies_.clear();
        world_->drop_tasks();
        store_.reset();
        large_.reset();
        segments_.reset();
        journal_.reset();
        world_.reset();
    }
    void append(Batch batch) {
        std::ignore = store_->append(std::move(batch), [this](const auto& outcome) {
            ASSERT_TRUE(outcome);
            for (const journal::Position& at : *outcome) last_lsn_ = at.lsn.value;
        });
        world_->run_until_idle();
    }
    void define(std::uint32_t queue, const std::string& name) {
        Batch batch;
        batch.define(
            {.queue = broker::QueueId{queue}, .bindings = {{broker::Domain::queue, false, name}}});
        append(std::move(batch));
    }
    void subscribe(std::uint32_t queue, const std::string& topic, const std::string& client,
                   const std::string& name) {
        Batch batch;
        batch.define({.queue = broker::QueueId{queue},
                      .bindings = {{broker::Domain::topic, false, topic}},
                      .subscription = broker::NamedSubscription{.key = {client, name}}});
        append(std::move(batch));
    }
    static MessagePtr message(const std::string& text) {
        return Message::create({.durable = Durable::yes, .timestamp_ms = 1'700'000'000'000}, {}, {},
                               as_bytes(text), nullptr);
    }
    std::uint64_t publish(const std::vector<std::uint32_t>& queues, const MessagePtr& message) {
        std::vector<Route> routes;
        for (const std::uint32_t queue : queues) {
            routes.push_back({.queue = broker::QueueId{queue}, .owner = {}, .announced = false});
        }
        Batch batch;
        batch.publish(*message, routes, {.producer = 5, .sequence = ++sequence_});
        append(std::move(batch));
        return last_lsn_;
    }
    std::uint64_t publish(const std::vector<std::uint32_t>& queues, const std::string& text) {
        return publish(queues, message(text));
    }
    /// With a body in a file of its own.
    std::uint64_t publish_large(std::uint32_t queue, std::size_t bytes) {
        const LargeFiles::BodyPtr body = large_->begin();
        bodies_.push_back(body);
        const std::string content(bytes, 'L');
        large_->append(body, Buffer::copy_of(as_bytes(content)), [] {});
        large_->seal(body, [](const Result<void>& sealed) { ASSERT_TRUE(sealed); });
        world_->run_until_idle();
        return publish({queue}, Message::create_large({.durable = Durable::yes}, {}, {}, body));
    }
    void settle(std::uint32_t queue, std::uint64_t lsn) {
        Batch batch;
        batch.settle(broker::QueueId{queue}, {lsn});
        append(std::move(batch));
    }
    /// The message leaves the journal.
    void page_out(std::uint32_t queue, std::uint64_t lsn, const std::string& text) {
        store_->page_out(broker::QueueId{queue},
                         {{.ordinal = lsn, .at = {lsn}, .message = message(text)}},
                         [](const auto&, const auto& places) { ASSERT_TRUE(places); });
        world_->run_until_idle();
    }
    /// Queues 1 and 2, a subscription 3, messages in the journal, in segments and in both, consumed
    /// ones, a large body and a prepared branch.
    void write_some_of_everything() {
        open();
        define(1, "A");
        define(2, "B");
        subscribe(3, "T", "client", "sub");
        publish({1}, "one");
        settle(1, publish({1}, "gone"));
        page_out(1, publish({1}, "two"), "two");
        publish({2, 3}, "both");
        const std::uint64_t consumed = publish({2}, "paged and gone");
        page_out(2, consumed, "paged and gone");
        Batch batch;
        batch.consume(broker::QueueId{2}, {consumed});
        append(std::move(batch));
        publish_large(2, 150'000);
        const std::uint64_t held = publish({1}, "accepted");
        Branch branch;
        branch.parts.push_back(
            {.client_id = "client",
             .accepts = {{broker::QueueId{1}, held}},
             .publishes = {{{broker::Domain::queue, false, "B"}, {}, message("promised")}}});
        ByteWriter out;
        encode_branch(out, branch);
        Batch put;
        put.put({{DocumentKind::branch, "x"}, std::string(as_text(out.bytes()))});
        append(std::move(put));
        close();
    }

    // ---- the tools' side

    std::unique_ptr<Contents> read() { return read(*disk_); }
    static std::unique_ptr<Contents> read(Disk& disk) {
        auto contents = Contents::read(disk);
        EXPECT_TRUE(contents) << contents.error();
        return contents ? std::move(*contents) : nullptr;
    }
    /// "QUEUE: TEXT", with a "!" if it may have been delivered; large ones as their size.
    static Strings texts(Contents& contents) {
        Strings all;
        const auto done = contents.each([&](const StoredMessage& one) -> Answer<void> {
            const auto loaded = contents.load(one);
            const std::string text = !loaded              ? "damaged"
                                     : *loaded == nullptr ? "without its body"
                                     : (*loaded)->large() != nullptr
                                         ? std::to_string((*loaded)->body_bytes())
                                         : std::string(as_text((*loaded)->body().bytes()));
            for (const Route& route : one.routes) {
                all.push_back(name_of(*contents.find(route.queue)) + ": " + text +
                              (route.announced ? "!" : ""));
            }
            return {};
        });
        EXPECT_TRUE(done) << done.error();
        return all;
    }
    static Strings damages(Contents& contents) {
        Strings all;
        for (const Finding& one : contents.findings().all()) {
            if (one.kind == Finding::Kind::damage) all.push_back(one.file + ": " + one.what);
        }
        return all;
    }
    static MemoryArchive archive(Contents& contents) {
        MemoryArchive archive;
        ArchiveWriter writer(archive);
        const auto copied = copy(contents, writer, 1'750'000'000'000, Tolerance::none);
        EXPECT_TRUE(copied) << copied.error();
        return archive;
    }
    /// Into the folder `name` beside the data.
    std::unique_ptr<PosixDisk> import_as(const std::string& name, MemoryArchive& archive) {
        auto disk = std::move(PosixDisk::open(root_ + '/' + name).value());
        StoreBuilder builder(*disk, 4712);
        const auto copied = ArchiveReader(archive).run(builder);
        EXPECT_TRUE(copied) << copied.error();
        return disk;
    }

    /// Inverts a byte of a file, counted from its end if negative.
    void damage(const std::string& file, std::int64_t offset) {
        std::fstream stream(root_ + "/data/" + file,
                            std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(offset, offset < 0 ? std::ios::end : std::ios::beg);
        const auto at = stream.tellg();
        const int old = stream.get();
        stream.seekp(at);
        stream.put(static_cast<char>(~old));
        ASSERT_TRUE(stream.good());
    }
    /// Where the text lies in a file.
    std::int64_t find(const std::string& file, const std::string& text) {
        std::ifstream stream(root_ + "/data/" + file, std::ios::binary);
        const std::string all{std::istreambuf_iterator<char>(stream),
                              std::istreambuf_iterator<char>()};
        const std::size_t at = all.find(text);
        EXPECT_NE(at, std::string::npos) << text;
        return static_cast<std::int64_t>(at);
    }

    static constexpr std::uint64_t kJournal = 4711;
    bool archives_ = false;  ///< files of the journal are kept
    TemporaryFolder folder_;
    const std::string root_ = folder_.path().string();
    std::unique_ptr<PosixDisk> disk_;
    SimClock clock_;
    std::unique_ptr<SimWorld> world_;
    std::unique_ptr<journal::Journal> journal_;
    std::unique_ptr<Segments> segments_;
    std::unique_ptr<LargeFiles> large_;
    std::unique_ptr<Store> store_;
    std::map<std::uint32_t, RecoveredQueue> recovered_;
    std::vector<LargeFiles::BodyPtr> bodies_;
    broker::QueueId last_queue_;  ///< as the last start found it
    std::uint64_t last_lsn_ = 0;
    std::uint64_t sequence_ = 0;
};

}  // namespace tern::store::tools
