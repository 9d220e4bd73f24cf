// What a start brings back when somebody has removed a file of the journal: whenever the broker was
// killed, also while messages were moved from the journal into segments.
#include "engine/engine_story.h"
#include "store/tools/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace tern::engine {
namespace {

using store::tools::Contents;

constexpr std::uint64_t kOtherJournal = 4712;

/// The files of a store, by their names.
using Files = std::map<std::string, std::vector<std::uint8_t>>;

Files files_of(Disk& disk) {
    Files files;
    for (const std::string folder : {"journal", "segments", "large"}) {
        const std::vector<std::string> names = disk.list(folder).value();
        for (const std::string& name : names) {
            const std::string path = fmt::format("{}/{}", folder, name);
            const auto file = std::move(disk.open(path, Disk::Open::existing).value());
            std::vector<std::uint8_t>& content = files[path];
            content.resize(file->size().value());
            EXPECT_EQ(file->read_at(0, content).value(), content.size());
        }
    }
    return files;
}

/// Puts them on an empty disk.
void write_to(Disk& disk, const Files& files) {
    for (const auto& [path, content] : files) {
        const std::string folder = path.substr(0, path.find('/'));
        ASSERT_TRUE(disk.make_folder(folder));
        const auto file = std::move(disk.open(path, Disk::Open::create).value());
        ASSERT_TRUE(file->write_at(0, std::array{Bytes(content)}));
        ASSERT_TRUE(file->sync());
        ASSERT_TRUE(disk.sync_folder(folder));
    }
    ASSERT_TRUE(disk.sync_folder(""));
}

std::string name_of_body(std::span<const std::uint8_t> body) {
    const std::string_view text = as_text(body);
    return std::string(text.substr(0, text.find(' ')));
}

/// The names of messages by the names of their queues, as a broker finds them; nothing: it refuses
/// to start.
using Found = std::map<std::string, std::set<std::string>>;

std::optional<Found> start_on(Disk& disk, SimClock& clock) {
    SimWorld world(1, 1, clock);
    Lane& writer = world.make_lane();
    journal::Journal journal(disk, writer, world.make_lane(), {.file_bytes = 16 * 1024});
    store::Segments segments(disk, world.make_lane(), {});
    store::Store store(journal, segments);
    const auto recovered = store.recover();
    std::optional<Found> found;
    if (recovered) {
        found.emplace();
        for (const store::RecoveredQueue& queue : recovered->queues) {
            const store::Definition& definition = queue.definition;
            std::set<std::string>& names =
                (*found)[definition.subscription ? definition.subscription->key.name
                                                 : definition.bindings.front().name];
            for (const store::RecoveredMessage& one : queue.messages) {
                if (one.message != nullptr) names.insert(name_of_body(one.message->body().bytes()));
            }
            for (const store::RecoveredRun& run : queue.runs) {
                for (std::uint32_t i = 0; i < run.run.count; ++i) {
                    const broker::PageIn wanted{
                        .ordinal = i, .place = {run.run.first.segment, run.run.first.slot + i}};
                    const auto read = segments.set().get({&wanted, 1}, SIZE_MAX);
                    EXPECT_NE(read.front().message, nullptr);
                    if (read.front().message == nullptr) continue;
                    names.insert(name_of_body(read.front().message->body().bytes()));
                }
            }
        }
    }
    world.run_until_idle();
    world.drop_tasks();
    return found;
}

std::set<std::string> all_of(const Found& found) {
    std::set<std::string> all;
    for (const auto& [queue, names] : found) all.insert(names.begin(), names.end());
    return all;
}

/// The parameter: so many steps of the broker between two messages.
class MissingFilesTest : public EngineStory, public testing::WithParamInterface<int> {
protected:
    static constexpr std::size_t kBodyBytes = 3000;  // five of them fill a file

    MissingFilesTest() {
        // Nothing leaves memory: what is in a segment was moved out of the journal.
        engine_options_ = {.queue_memory_bytes = 16 << 20, .memory_bytes = 64 << 20};
        restart();
    }

    /// As a start with ignoreMissingJournalfiles.
    Found start_without_damage(Disk& disk, bool& was_damaged) {
        {
            const auto contents = Contents::read(disk);
            EXPECT_TRUE(contents) << contents.error();
            store::tools::check_indexes(**contents);
            was_damaged = (*contents)->findings().damages() > 0;
            if (was_damaged) {
                const auto repaired = store::tools::repair(disk, **contents, kOtherJournal, 1);
                EXPECT_TRUE(repaired) << repaired.error();
            }
        }
        auto found = start_on(disk, clock_);
        EXPECT_TRUE(found) << "a start must not fail";
        return found.value_or(Found());
    }

    /// The messages that lie in these files, wherever.
    std::set<std::string> that_lie_in(const Files& files, const std::string& folder) const {
        std::set<std::string> there;
        for (const auto& [path, content] : files) {
            if (!path.starts_with(folder)) continue;
            for (const std::string& name : names_) {
                if (as_text(content).find(name + " ") != std::string_view::npos) {
                    there.insert(name);
                }
            }
        }
        return there;
    }

    /// The broker is killed now, and then one file of the journal after the other is missing.
    void remove_each_file() {
        const Files files = files_of(disk_);
        for (const auto& [path, content] : files) {
            if (!path.starts_with("journal/")) continue;
            Files left = files;
            left.erase(path);
            remove_one(path, left);
            if (HasFailure()) return;
        }
    }

    void remove_one(const std::string& path, const Files& left) {
        ++cases_;
        std::set<std::string> wanted = that_lie_in(left, "");
        SimDisk disk;
        write_to(disk, left);
        bool was_damaged = false;
        const Found found = start_without_damage(disk, was_damaged);
        const std::set<std::string> there = all_of(found);
        const bool first = path == files_of(disk_).begin()->first;
        for (const std::string& name : wanted) {
            // That the oldest file is missing cannot be seen. What made a queue may have been there
            // alone, and messages of a queue that was removed look the same.
            if (first && !was_damaged && !found.contains(queue_of(name))) continue;
            EXPECT_TRUE(there.contains(name))
                << name << " without " << path << " at step " << step_;
        }
        if (first) return;
        // Without the switch: either it refuses, or what segments have is there.
        SimDisk plain;
        write_to(plain, left);
        const auto started = start_on(plain, clock_);
        if (!started) return;
        const std::set<std::string> served = all_of(*started);
        for (const std::string& name : that_lie_in(left, "segments/")) {
            EXPECT_TRUE(served.contains(name))
                << name << " without " << path << " at step " << step_ << ", not looked for";
        }
    }

    static std::string queue_of(const std::string& name) {
        return std::stoi(name.substr(1)) % 6 == 5 ? "sub" : "q";
    }
    void publish(StoryClient& client, const std::string& to, const std::string& name) {
        names_.push_back(name);
        client.publish(to, name + " " + std::string(kBodyBytes, '.'));
    }

    std::vector<std::string> names_;
    std::size_t step_ = 0;
    std::size_t cases_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Paces, MissingFilesTest, testing::Values(1, 3, 6, 10, 20, 60));

TEST_P(MissingFilesTest, what_lies_in_those_that_are_left_comes_back_whenever_it_was_killed) {
    StoryClient& client = connect();
    client.declare("q");
    client.subscribe_named("s", "t", {.key = {"client", "sub"}});
    idle();
    client.unsubscribe("s");
    idle();
    Files before;
    for (int i = 0; i < 90; ++i) {
        const std::string name = fmt::format("m{:02}", i);
        publish(client, queue_of(name) == "q" ? "q" : "topic t", name);
        // Now and then all is done that there is to do.
        for (int steps = i % 30 == 29 ? 1000 : GetParam(); steps > 0 && world_->ready(); --steps) {
            world_->step();
            ++step_;
            Files now = files_of(disk_);
            if (now == before) continue;
            remove_each_file();
            if (HasFailure()) return;
            before = std::move(now);
        }
    }
    EXPECT_GT(cases_, 150U);
}

}  // namespace
}  // namespace tern::engine
