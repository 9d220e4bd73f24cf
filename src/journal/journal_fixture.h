#pragma once

#include "journal/journal.h"
#include "runtime/sim/sim_disk.h"
#include "runtime/sim/sim_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace tern::journal {

using Strings = std::vector<std::string>;

/// A journal on a simulated disk, told as a story: append, settle, crash, open, and what is there.
class JournalStory : public testing::Test {
protected:
    JournalStory() { options_.file_bytes = std::uint64_t{16} * 1024; }
    ~JournalStory() override { drop(); }

    /// Reads what is there into `replayed_` and starts the journal.
    void open() {
        ASSERT_TRUE(replay()) << replay_error_.message();
        if (hold_all_) {
            holds_.clear();
            for (const auto& [text, at] : places_) holds_.push_back({.lsn = at.lsn});
        }
        ASSERT_TRUE(journal_->start(holds_));
    }
    /// Only looks.
    bool replay() {
        replayed_.clear();
        places_.clear();
        world_ = std::make_unique<SimWorld>(seed_++, 1, clock_);
        Lane& writer = world_->make_lane();
        journal_ = std::make_unique<Journal>(disk_, writer, world_->make_lane(), options_);
        const auto done =
            journal_->replay([this](const Position& at, std::uint8_t type, Bytes body) {
                EXPECT_EQ(type, type_);
                replayed_.emplace_back(as_text(body));
                places_[replayed_.back()] = at;
            });
        if (!done) replay_error_ = done.error();
        return done.has_value();
    }

    Record record(const std::string& text, std::uint32_t holds = 0) {
        return {.type = type_, .holds = holds, .parts = {Buffer::copy_of(as_bytes(text))}};
    }
    /// Queues one batch; its name is that of its first record.
    void append(const Strings& texts, std::uint32_t holds = 0, std::vector<Release> releases = {}) {
        Batch batch;
        for (const std::string& text : texts) batch.records.push_back(record(text, holds));
        batch.releases = std::move(releases);
        batch.done = [this, texts](Result<std::span<const Position>> result) {
            if (!result) {
                failed_.push_back(texts.front());
                error_ = result.error();
                return;
            }
            ASSERT_EQ(result->size(), texts.size());
            for (std::size_t i = 0; i < texts.size(); ++i) places_[texts[i]] = (*result)[i];
            confirmed_.push_back(texts.front());
        };
        journal_->append(std::move(batch));
    }
    void append(const std::string& text) { append(Strings{text}); }
    void settle() { world_->run_until_idle(); }
    /// Appends and waits.
    void store(const std::string& text) {
        append(text);
        settle();
    }
    void store(const Strings& texts) {
        append(texts);
        settle();
    }
    void close() {
        bool closed = false;
        journal_->close([&closed] { closed = true; });
        settle();
        EXPECT_TRUE(closed);
        drop();
    }
    /// The process goes away in the middle of whatever it did.
    void drop() {
        if (world_ != nullptr) world_->drop_tasks();
        journal_.reset();
        world_.reset();
    }
    void crash() {
        drop();
        disk_.crash(random_);
    }
    void kill() {
        drop();
        disk_.kill();
    }

    static std::string file(std::uint64_t number) {
        const std::string digits = std::to_string(number);
        return "journal/" + std::string(8 - digits.size(), '0') + digits + ".log";
    }
    Strings files() { return disk_.list("journal").value(); }

    Options options_;
    std::uint8_t type_ = 7;  ///< of the records
    SimDisk disk_;
    SimClock clock_;
    SeededRandom random_{11};
    std::uint64_t seed_ = 1;
    std::unique_ptr<SimWorld> world_;
    std::unique_ptr<Journal> journal_;

    std::vector<Release> holds_;  ///< what `open` gives to the start
    bool hold_all_ = false;       ///< `open` gives a hold for each record instead
    Strings replayed_, confirmed_, failed_;
    std::map<std::string, Position> places_;
    std::error_code error_, replay_error_;
};

}  // namespace tern::journal
