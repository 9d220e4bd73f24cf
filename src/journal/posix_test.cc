// The journal on real files and threads.
#include "base/temporary_folder_fixture.h"
#include "journal/journal.h"
#include "runtime/posix_disk.h"
#include "runtime/thread_lane.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <future>
#include <thread>

namespace tern::journal {
namespace {

class JournalOnDiskTest : public testing::Test {
protected:
    JournalOnDiskTest() { options_.file_bytes = std::uint64_t{256} * 1024; }

    void open() {
        disk_ = std::move(PosixDisk::open(root_).value());
        writer_ = std::make_unique<ThreadLane>("journal");
        helper_ = std::make_unique<ThreadLane>("helper");
        writer_->start();
        helper_->start();
        journal_ = std::make_unique<Journal>(*disk_, *writer_, *helper_, options_);
        replayed_.clear();
        ASSERT_TRUE(journal_->replay([this](const Position& at, std::uint8_t, Bytes body) {
            replayed_.emplace_back(as_text(body));
            holds_.push_back({.lsn = at.lsn});
        }));
        ASSERT_TRUE(journal_->start(std::exchange(holds_, {})));
    }
    void close() {
        std::promise<void> closed;
        journal_->close([&] { closed.set_value(); });
        closed.get_future().wait();
        journal_.reset();
        writer_->stop();
        helper_->stop();
    }

    TemporaryFolder folder_;
    const std::string root_ = folder_.path().string();
    Options options_;
    std::unique_ptr<PosixDisk> disk_;
    std::unique_ptr<ThreadLane> writer_, helper_;
    std::unique_ptr<Journal> journal_;
    std::vector<std::string> replayed_;
    std::vector<Release> holds_;
};

TEST_F(JournalOnDiskTest, keeps_what_several_threads_append) {
    constexpr int kThreads = 4, kEach = 250;
    open();
    std::vector<std::jthread> threads;
    std::atomic<int> confirmed = 0;
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0; i < kEach; ++i) {
                Batch batch;
                const std::string text = fmt::format("{} {} {}", thread, i, std::string(1000, '.'));
                batch.records.push_back(
                    {.type = 1, .holds = 1, .parts = {Buffer::copy_of(as_bytes(text))}});
                batch.done = [&](const auto& result) { confirmed += result.has_value(); };
                journal_->append(std::move(batch));
            }
        });
    }
    threads.clear();
    close();
    EXPECT_EQ(confirmed.load(), kThreads * kEach);

    open();
    std::vector<int> next(kThreads);
    for (const std::string& text : replayed_) {
        const int thread = text[0] - '0';
        const int i = std::stoi(text.substr(2));
        EXPECT_EQ(i, next[static_cast<std::size_t>(thread)]++);
    }
    EXPECT_EQ(replayed_.size(), std::size_t{kThreads * kEach});
    EXPECT_GT(journal_->stats().files, 3U);
    close();
}

TEST_F(JournalOnDiskTest, what_comes_after_the_end_needs_no_lane) {
    open();
    std::promise<void> closed;
    journal_->close([&] { closed.set_value(); });
    closed.get_future().wait();
    writer_->stop();
    helper_->stop();
    bool told = false;
    Batch late;
    late.records.push_back({.type = 1, .holds = 1, .parts = {Buffer::copy_of(as_bytes("late"))}});
    late.done = [&told](const auto&) { told = true; };
    journal_->append(std::move(late));
    journal_.reset();
    EXPECT_FALSE(told);
    open();
    EXPECT_TRUE(replayed_.empty());
    close();
}

TEST_F(JournalOnDiskTest, messages_that_pass_leave_the_disk_small) {
    open();
    // Each message is taken when the next one is stored; 25 are under way at a time.
    std::promise<void> done;
    int left = 5000;
    int under_way = 25;
    std::function<void(std::vector<Release>)> next = [&](std::vector<Release> releases) {
        if (left-- <= 0) {
            if (--under_way == 0) done.set_value();
            return;
        }
        Batch batch;
        batch.records.push_back(
            {.type = 1, .holds = 1, .parts = {Buffer::copy_of(as_bytes(std::string(1024, 'x')))}});
        batch.releases = std::move(releases);
        batch.done = [&](Result<std::span<const Position>> result) {
            ASSERT_TRUE(result);
            next({{.lsn = result->front().lsn}});
        };
        journal_->append(std::move(batch));
    };
    writer_->submit([&] {
        for (int i = 0; i < 25; ++i) next({});
    });
    done.get_future().wait();
    const Stats stats = journal_->stats();
    EXPECT_EQ(stats.records, 5000U);
    EXPECT_LE(stats.syncs, 5000U / 10);
    close();
    std::uintmax_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(root_ + "/journal")) {
        bytes += entry.file_size();
    }
    // Much less, as a rule; the helper may lag behind the writer.
    EXPECT_LE(bytes, 5000U * 1024U / 2);
}

}  // namespace
}  // namespace tern::journal
