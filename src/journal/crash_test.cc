// Thousands of crashes at any point, from seeds: what was confirmed is there, once, whole, in
// order.
#include "journal/journal.h"
#include "runtime/sim/sim_disk.h"
#include "runtime/sim/sim_world.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <set>
#include <sstream>

namespace tern::journal {
namespace {

/// A record says all about itself: its batch, its place in it, whether something holds it, and
/// which record (the first of which batch) its batch releases.
struct Said {
    std::uint64_t batch = 0;
    std::size_t index = 0;
    std::size_t count = 0;
    bool held = false;
    std::uint64_t releases = 0;
};

std::string say(const Said& said, std::size_t padding) {
    return fmt::format("{} {} {} {} {} {}", said.batch, said.index, said.count, said.held,
                       said.releases, std::string(padding, '.'));
}

Said understand(const std::string& text) {
    Said said;
    std::istringstream(text) >> said.batch >> said.index >> said.count >> said.held >>
        said.releases;
    return said;
}

/// What the world outside knows about one batch.
struct Known {
    std::uint64_t batch = 0;
    std::vector<std::string> texts;
    bool confirmed = false;
    bool held = false;
    bool release_appended = false;
    Lsn lsn;  ///< of its first record
};

class Life {
public:
    explicit Life(std::uint64_t seed) : random_(seed) {}

    /// One start, some work, one end.
    void round() {
        choose_options();
        if (!open()) return die();
        plan_trouble();
        for (std::uint64_t left = random_.below(60); left != 0; --left) {
            if (random_.below(3) == 0) {
                append();
            } else if (world_->ready()) {
                world_->step();
            }
        }
        end();
    }

private:
    void choose_options() {
        options_.file_bytes = std::uint64_t{1024} << random_.below(4);
        options_.write_bytes_max = std::uint64_t{300} << random_.below(5);
    }

    void plan_trouble() {
        switch (random_.below(8)) {
            case 0:
                disk_.fail_write(1 + random_.below(20), std::errc::no_space_on_device);
                break;
            case 1:
                disk_.fail_sync(1 + random_.below(20), std::errc::io_error);
                break;
            case 2:
            case 3:
            case 4:
                disk_.cut_power_at(1 + random_.below(40));
                break;
            default:
                break;
        }
    }

    /// False when the power went meanwhile.
    bool open() {
        world_ = std::make_unique<SimWorld>(random_.next(), 1, clock_);
        Lane& writer = world_->make_lane();
        journal_ = std::make_unique<Journal>(disk_, writer, world_->make_lane(), options_);
        if (random_.below(8) == 0) disk_.cut_power_at(1 + random_.below(6));
        std::vector<std::pair<Position, std::string>> replayed;
        const auto read = journal_->replay([&](const Position& at, std::uint8_t, Bytes body) {
            replayed.emplace_back(at, as_text(body));
        });
        EXPECT_TRUE(read) << read.error().message();
        if (!read) return false;
        std::deque<Known> before = known_;
        compare(replayed);
        const auto started = journal_->start(holds());
        EXPECT_EQ(started.has_value(), disk_.powered());
        if (started) {
            for (Known& known : known_) known.confirmed = true;
        } else {
            // What was read may have been in the system's memory only, and go with it.
            known_ = std::move(before);
        }
        return started.has_value();
    }

    void compare(const std::vector<std::pair<Position, std::string>>& replayed) {
        // What is missing in front was recycled: then somebody had given it up.
        const std::uint64_t first =
            replayed.empty() ? UINT64_MAX : understand(replayed.front().second).batch;
        while (!known_.empty() && known_.front().batch < first) {
            const Known& gone = known_.front();
            const bool needed = gone.held && !gone.release_appended;
            if (replayed.empty() ? gone.confirmed && needed : needed) {
                ADD_FAILURE() << "batch " << gone.batch << " is lost";
            }
            known_.pop_front();
        }
        // From there on: exactly what was appended, up to some point behind the last confirmed.
        std::size_t at = 0;
        std::size_t batches = 0;
        for (; batches < known_.size() && at < replayed.size(); ++batches) {
            Known& known = known_[batches];
            EXPECT_EQ(replayed[at].first.lsn, known.lsn);
            for (const std::string& text : known.texts) {
                ASSERT_LT(at, replayed.size()) << "batch " << known.batch << " is not whole";
                ASSERT_EQ(replayed[at].second, text);
                if (at != 0) {
                    ASSERT_EQ(replayed[at].first.lsn.value, replayed[at - 1].first.lsn.value + 1);
                }
                ++at;
            }
        }
        EXPECT_EQ(at, replayed.size()) << "something was invented";
        for (std::size_t i = batches; i < known_.size(); ++i) {
            EXPECT_FALSE(known_[i].confirmed) << "batch " << known_[i].batch << " is lost";
        }
        // The rest never happened. It must not turn up later either.
        known_.resize(batches);
        recovered_ += batches;
    }

    /// What replay says about who is still held.
    std::vector<Release> holds() {
        std::set<std::uint64_t> released;
        for (const Known& known : known_) {
            released.insert(understand(known.texts.front()).releases);
        }
        std::vector<Release> holds;
        for (Known& known : known_) {
            known.release_appended = released.contains(known.batch);
            if (!known.held || known.release_appended) continue;
            holds.push_back({.lsn = known.lsn});
        }
        return holds;
    }

    void append() {
        Known known{.batch = ++last_batch_,
                    .texts = {},
                    .confirmed = false,
                    .held = random_.below(2) == 0,
                    .release_appended = false,
                    .lsn = {}};
        Said said{.batch = known.batch, .count = 1 + random_.below(4), .held = known.held};
        Batch batch;
        if (Known* target = choose_release()) {
            target->release_appended = true;
            said.releases = target->batch;
            batch.releases.push_back({.lsn = target->lsn});
        }
        const std::uint64_t padding_max = random_.below(20) == 0 ? 5000 : 200;
        for (said.index = 0; said.index < said.count; ++said.index) {
            known.texts.push_back(say(said, random_.below(padding_max)));
            const bool holds = known.held && said.index == 0;
            batch.records.push_back({.type = 1, .holds = holds ? 1U : 0U, .parts = {}});
            batch.records.back().parts = split(known.texts.back());
        }
        batch.done = [this, id = known.batch](Result<std::span<const Position>> result) {
            if (!result) return;
            EXPECT_TRUE(disk_.powered());
            const auto it = std::ranges::lower_bound(known_, id, {}, &Known::batch);
            EXPECT_TRUE(it == known_.begin() || std::prev(it)->confirmed) << "out of order";
            it->confirmed = true;
            EXPECT_EQ(result->front().lsn, it->lsn);
            ++confirmed_;
        };
        known_.push_back(std::move(known));
        known_.back().lsn = journal_->append(std::move(batch));
    }

    /// Mostly the oldest that is held, so that files get free.
    Known* choose_release() {
        if (random_.below(3) == 0) return nullptr;
        for (Known& known : known_) {
            if (!known.confirmed) return nullptr;
            if (known.held && !known.release_appended && random_.below(4) != 0) return &known;
        }
        return nullptr;
    }

    std::vector<Buffer> split(const std::string& text) {
        const std::size_t cut = random_.below(text.size());
        return {Buffer::copy_of(as_bytes(text.substr(0, cut))),
                Buffer::copy_of(as_bytes(text.substr(cut)))};
    }

    void end() {
        switch (random_.below(4)) {
            case 0: {
                bool closed = false;
                journal_->close([&] { closed = true; });
                world_->run_until_idle();
                EXPECT_TRUE(closed);
                return crash();
            }
            default:
                return die();
        }
    }

    /// With the system or alone; in the middle of a call of the disk if its power was cut.
    void die() {
        if (random_.below(3) != 0) return crash();
        drop();
        disk_.kill();
    }

    void drop() {
        world_->drop_tasks();
        journal_.reset();
        world_.reset();
    }
    void crash() {
        drop();
        disk_.crash(random_);
    }

    SeededRandom random_;
    SimDisk disk_;
    SimClock clock_;
    Options options_{.id = 1};
    std::unique_ptr<SimWorld> world_;
    std::unique_ptr<Journal> journal_;
    std::deque<Known> known_;
    std::uint64_t last_batch_ = 0;

public:
    std::uint64_t confirmed_ = 0;
    std::uint64_t recovered_ = 0;
};

TEST(JournalCrash, what_was_confirmed_survives_whatever_happens) {
    std::uint64_t confirmed = 0;
    std::uint64_t recovered = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        Life life(seed);
        for (int round = 0; round < 50; ++round) {
            SCOPED_TRACE(fmt::format("round {}", round));
            life.round();
            if (testing::Test::HasFailure()) return;
        }
        confirmed += life.confirmed_;
        recovered += life.recovered_;
    }
    // The test tests something.
    EXPECT_GT(confirmed, 10'000U);
    EXPECT_GT(recovered, 10'000U);
}

}  // namespace
}  // namespace tern::journal
