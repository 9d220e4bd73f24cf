#include "runtime/sealed/sealed_disk.h"

#include "base/log.h"
#include "base/temporary_folder_fixture.h"
#include "runtime/posix_disk.h"
#include "runtime/sealed/sealed_fixture.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace tern {
namespace {

using testing::HasSubstr;

class SealedDiskTest : public SealedFixture {
protected:
    /// Of the file `f`.
    PageCipher& cipher() {
        const std::string bytes = raw("f");
        const SealedHeader header = decode_sealed_header(as_bytes(bytes)).value();
        const auto stored = KeyRing::stored(base_).value();
        const KeyRing ring = KeyRing::unwrap(*stored, provider_).value();
        return cipher_.emplace(ring.find(header.key)->derive(header.id));
    }

private:
    std::optional<PageCipher> cipher_;
};

TEST_F(SealedDiskTest, a_file_is_what_was_written_and_nobody_sees_it) {
    const auto file = open();
    const std::string text = "a secret that is longer than nothing";
    write(*file, 5000, text);
    EXPECT_EQ(file->size(), 5000 + text.size());
    EXPECT_EQ(all(*file), std::string(5000, '\0') + text);
    EXPECT_EQ(raw("f").find("secret"), std::string::npos);
    restart();
    EXPECT_EQ(all(*open()), std::string(5000, '\0') + text);
}

TEST_F(SealedDiskTest, behaves_as_any_file_whatever_is_done) {
    SeededRandom dice(1);
    std::string model;
    auto file = open();
    for (int i = 0; i < 600; ++i) {
        const std::uint64_t at = dice.below(60'000);
        switch (dice.below(7)) {
            case 0:
                ASSERT_TRUE(file->truncate(at));
                model.resize(at);
                break;
            case 1:
                ASSERT_TRUE(file->sync());
                break;
            case 2:
                file = nullptr;
                restart();
                file = open();
                break;
            default: {
                const std::string text(1 + dice.below(dice.below(2) == 0 ? 10 : 9000),
                                       static_cast<char>('a' + i % 26));
                const std::size_t cut = dice.below(text.size());
                const std::array parts{as_bytes(text).first(cut), Bytes(),
                                       as_bytes(text).subspan(cut)};
                ASSERT_TRUE(file->write_at(at, parts));
                model.resize(std::max(model.size(), at + text.size()));
                model.replace(at, text.size(), text);
            }
        }
        ASSERT_EQ(file->size(), model.size()) << i;
        ASSERT_EQ(all(*file), model) << i;
        const std::uint64_t from = dice.below(model.size() + 10);
        ASSERT_EQ(read(*file, from, 5000), model.substr(std::min(from, model.size()), 5000));
    }
}

/// What a file must have after power failed: what was synced, but for what was written since.
class Model {
public:
    void write(std::uint64_t at, std::string_view text) {
        content_.resize(std::max<std::size_t>(content_.size(), at + text.size()));
        content_.replace(at, text.size(), text);
        bytes_.resize(content_.size());
        std::fill_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), text.size(), Byte::written);
    }
    /// By the process that has written: what others left is as doubtful as before.
    void sync() {
        for (std::size_t at = 0; at < content_.size(); ++at) {
            if (bytes_[at] != Byte::written) continue;
            bytes_[at] = Byte::synced;
            synced_.resize(std::max(synced_.size(), at + 1));
            synced_[at] = content_[at];
        }
    }
    void expect(const std::string& found) {
        ASSERT_GE(found.size(), synced_.size());
        for (std::size_t at = 0; at < found.size(); ++at) {
            const bool may_differ = at < bytes_.size() && bytes_[at] != Byte::synced;
            const char wanted = at < synced_.size() ? synced_[at] : '\0';
            if (!may_differ) {
                ASSERT_EQ(found[at], wanted) << "at " << at;
            }
        }
        content_ = found;
        bytes_.resize(content_.size());
    }
    /// Another process goes on, without a power failure between.
    void kill() { std::ranges::replace(bytes_, Byte::written, Byte::doubtful); }
    /// Power failed: what is there was on the medium.
    void settle() {
        synced_ = content_;
        bytes_.assign(content_.size(), Byte::synced);
    }
    [[nodiscard]] std::size_t size() const { return content_.size(); }

private:
    enum class Byte : std::uint8_t { synced, written, doubtful };

    std::string content_;
    std::string synced_;
    std::vector<Byte> bytes_;
};

TEST_F(SealedDiskTest, what_was_synced_survives_power_failing_at_any_change) {
    SeededRandom dice(2);
    for (int round = 0; round < 60; ++round) {
        const std::string name = "g" + std::to_string(round);
        auto file = open(name);
        ASSERT_TRUE(disk_->sync_folder(""));
        Model model;
        for (int life = 0; life < 6; ++life) {
            if (dice.below(3) == 0) base_.fail_sync(1 + dice.below(8), std::errc::io_error);
            base_.cut_power_at(1 + dice.below(60));
            for (int step = 0; step < 40; ++step) {
                if (dice.below(5) == 0 && model.size() > 0) {
                    // Once more, as a start does with what it is not sure of.
                    const std::uint64_t again = dice.below(model.size());
                    const std::string same = read(*file, again, 1 + dice.below(12'000));
                    if (!file->write_at(again, std::array{as_bytes(same)})) break;
                    continue;
                }
                // Most often at the end, as a journal does; now and then anywhere.
                const std::uint64_t at =
                    dice.below(4) == 0 ? dice.below(model.size() + 5000) : model.size();
                const std::string text(1 + dice.below(dice.below(3) == 0 ? 9000 : 300),
                                       static_cast<char>('a' + step % 26));
                model.write(at, text);
                if (!file->write_at(at, std::array{as_bytes(text)})) break;
                if (dice.below(2) == 0) continue;
                if (!file->sync()) break;
                model.sync();
            }
            const bool system_lives = base_.powered() && dice.below(2) == 0;
            file = nullptr;
            system_lives ? base_.kill() : base_.crash(dice);
            restart();
            file = open(name, Disk::Open::existing);
            ASSERT_NE(file, nullptr);
            ASSERT_NO_FATAL_FAILURE(model.expect(all(*file))) << round << '/' << life;
            system_lives ? model.kill() : model.settle();
        }
    }
}

TEST_F(SealedDiskTest, a_write_that_fails_leaves_all_that_it_was_not_for) {
    SeededRandom dice(3);
    for (int round = 0; round < 30; ++round) {
        const auto file = open("h" + std::to_string(round));
        std::string content;
        for (int step = 0; step < 30; ++step) {
            const std::uint64_t at =
                dice.below(3) == 0 ? dice.below(content.size() + 1) : content.size();
            const std::string text(1 + dice.below(dice.below(2) == 0 ? 300 : 9000),
                                   static_cast<char>('a' + step % 26));
            if (dice.below(4) == 0) base_.fail_write(1, std::errc::no_space_on_device);
            const bool written = file->write_at(at, std::array{as_bytes(text)}).has_value();
            const std::string found = all(*file);
            ASSERT_GE(found.size(), content.size());
            for (std::size_t i = 0; i < content.size(); ++i) {
                const bool meant = i >= at && i < at + text.size();
                if (!meant) {
                    ASSERT_EQ(found[i], content[i]) << round << '/' << step << " at " << i;
                }
            }
            if (written) {
                ASSERT_EQ(found.substr(at, text.size()), text);
            }
            content = found;
            if (dice.below(3) == 0) {
                ASSERT_TRUE(file->sync());
            }
        }
    }
}

TEST_F(SealedDiskTest, nothing_is_encrypted_twice_with_the_same_number) {
    SeededRandom dice(4);
    std::vector<std::uint8_t> page(kPageBytes);
    std::map<std::pair<std::uint64_t, std::uint32_t>, std::string> sealed;
    for (int life = 0; life < 30; ++life) {
        const auto file = open();
        for (int step = 0; step < 20; ++step) {
            write(*file, dice.below(20'000), std::string(1 + dice.below(6000), 'a'));
            if (dice.below(2) == 0) {
                ASSERT_TRUE(file->sync());
            }
            const std::string bytes = raw("f");
            for (std::size_t at = kSealedHeaderBytes; at + kSlotBytes <= bytes.size();
                 at += kSlotBytes) {
                const Bytes slot = as_bytes(bytes).subspan(at, kSlotBytes);
                const SlotHead head = decode_slot_head(slot.data());
                // Not what was torn.
                if (!tern::open(cipher(), head, slot.data(), page.data())) continue;
                const std::string text(as_text(slot));
                const auto [known, fresh] = sealed.emplace(
                    std::pair(head.salt, static_cast<std::uint32_t>(head.version)), text);
                ASSERT_TRUE(fresh || known->second == text);
            }
        }
        base_.crash(dice);
        restart();
        if (!disk_->open("f", Disk::Open::existing)) std::ignore = open();
        ASSERT_TRUE(disk_->sync_folder(""));
    }
    EXPECT_GT(sealed.size(), 300U);
}

TEST_F(SealedDiskTest, whoever_has_a_file_open_sees_what_others_write) {
    const auto writer = open();
    write(*writer, 0, "one");
    const auto reader = open();
    write(*writer, 3, " and two");
    EXPECT_EQ(all(*reader), "one and two");
    ASSERT_TRUE(disk_->rename("f", "g"));
    EXPECT_FALSE(disk_->open("f", Disk::Open::existing));
    write(*writer, 0, "ONE");
    EXPECT_EQ(all(*open("g", Disk::Open::existing)), "ONE and two");
    ASSERT_TRUE(disk_->remove("g"));
    EXPECT_EQ(open("g")->size(), 0U);
}

TEST_F(SealedDiskTest, a_folder_takes_with_it_what_is_in_it) {
    const TemporaryFolder folder;
    {
        const auto base = PosixDisk::open(folder.path().string()).value();
        const auto disk = unseal(*base, &provider_, NewKeys::allowed, random_).value();
        ASSERT_TRUE(disk->make_folder("old"));
        const auto first = disk->open("old/f", Disk::Open::create).value();
        write(*first, 0, "first");
        ASSERT_TRUE(disk->rename("old", "new"));
        ASSERT_TRUE(disk->make_folder("old"));
        const auto second = disk->open("old/f", Disk::Open::create).value();
        EXPECT_EQ(second->size(), 0U);
        EXPECT_EQ(all(*disk->open("new/f", Disk::Open::existing).value()), "first");
    }
}

TEST_F(SealedDiskTest, reads_what_version_1_has_written) {
    SimDisk base;
    for (const std::string& name : {std::string(KeyRing::kFile), std::string("f")}) {
        std::ifstream stream(TERN_GOLDEN_FOLDER "/" + name + "_1.bin", std::ios::binary);
        const std::string bytes(std::istreambuf_iterator<char>(stream), {});
        ASSERT_FALSE(bytes.empty()) << name;
        write(*base.open(name, Disk::Open::create).value(), 0, bytes);
    }
    const auto disk = unseal(base, &provider_, NewKeys::refused, random_);
    ASSERT_TRUE(disk) << disk.error();
    const auto file = (*disk)->open("f", Disk::Open::existing).value();
    EXPECT_EQ(all(*file), std::string(5000, '.') + "golden, and longer");
}

TEST_F(SealedDiskTest, a_damaged_page_is_never_taken_for_right) {
    write(*open(), 0, std::string(3 * kPageBytes, 'a'));
    ASSERT_TRUE(open()->sync());
    ASSERT_TRUE(base_.sync_folder(""));
    SeededRandom dice(3);
    for (int i = 0; i < 50; ++i) {
        const std::uint64_t at = home_of(1) + dice.below(kSlotBytes);
        base_.flip_bit("f", at, 3);
        EXPECT_EQ(read(*open(), kPageBytes - 1, 12), "a" + std::string(10, '\0') + "\0"[0]) << at;
        base_.flip_bit("f", at, 3);
        EXPECT_EQ(read(*open(), kPageBytes, 10), std::string(10, 'a'));
    }
}

TEST_F(SealedDiskTest, what_is_written_counts_also_when_the_newer_header_was_damaged) {
    for (std::uint64_t epochs = 1; epochs < 6; ++epochs) {
        SCOPED_TRACE(epochs);
        const std::string text = fmt::format("{} times", epochs);
        {
            const auto file = open();
            for (int i = 0; i < 9; ++i) {
                write(*file, 0, fmt::format("{} {}", text, i));
                ASSERT_TRUE(file->sync());
            }
        }
        base_.flip_bit("f", (epochs % kSealedHeaderPlaces) * kSealedHeaderPlaceBytes + 20, 3);
        for (int i = 0; i < 3; ++i) {
            const std::string later = fmt::format("{} later {}", text, i);
            write(*open(), 0, later);
            EXPECT_EQ(read(*open(), 0, later.size()), later);
        }
    }
}

TEST_F(SealedDiskTest, says_once_of_a_file_what_cannot_be_decrypted) {
    write(*open(), 0, std::string(3 * kPageBytes, 'a'));
    ASSERT_TRUE(open()->sync());
    base_.flip_bit("f", home_of(0) + 100, 3);
    base_.flip_bit("f", home_of(1) + 100, 3);
    static std::vector<std::string> said;
    said.clear();
    log::set_sink([](const log::Line& line) { said.emplace_back(line.text); });
    const auto file = open();
    std::ignore = read(*file, 0, 2 * kPageBytes);
    log::set_sink(nullptr);
    ASSERT_EQ(said.size(), 1U);
    EXPECT_THAT(said[0], testing::StartsWith(
                             fmt::format("f: what lies at {} cannot be decrypted", home_of(0))));
}

TEST_F(SealedDiskTest, a_page_is_bound_to_its_place_and_file) {
    write(*open(), 0, std::string(kPageBytes, 'a') + std::string(kPageBytes, 'b'));
    write(*open("other"), 0, "o");
    const auto base = base_.open("f", Disk::Open::existing).value();
    std::vector<std::uint8_t> slot(kSlotBytes);
    ASSERT_TRUE(base->read_at(home_of(0), slot));
    ASSERT_TRUE(base->write_at(home_of(1), std::array{Bytes(slot)}));
    EXPECT_EQ(read(*open(), kPageBytes, 1), std::string(1, '\0'));
    const auto other = base_.open("other", Disk::Open::existing).value();
    ASSERT_TRUE(other->write_at(home_of(0), std::array{Bytes(slot)}));
    EXPECT_EQ(read(*open("other"), 0, 1), std::string(1, '\0'));
}

TEST_F(SealedDiskTest, a_header_stands_there_twice_and_without_it_there_is_no_file) {
    write(*open(), 0, "text");
    ASSERT_TRUE(open()->sync());
    ASSERT_TRUE(base_.sync_folder(""));
    base_.flip_bit("f", 20, 0);
    EXPECT_EQ(all(*open()), "text");
    base_.flip_bit("f", kSealedHeaderPlaceBytes + 20, 0);
    const auto refused = disk_->open("f", Disk::Open::existing);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), std::errc::bad_message);
}

TEST_F(SealedDiskTest, a_plain_file_is_refused) {
    const auto plain = base_.open("plain", Disk::Open::create).value();
    write(*plain, 0, std::string(10'000, 'p'));
    EXPECT_FALSE(disk_->open("plain", Disk::Open::existing));
}

TEST_F(SealedDiskTest, a_directory_is_opened_with_its_keys_or_not_at_all) {
    KeyFile wrong(key(2), random_);
    const auto refused = unseal(base_, &wrong, NewKeys::allowed, random_);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error(), HasSubstr(provider_.name()));
    EXPECT_THAT(refused.error(), HasSubstr(wrong.name()));
    const auto without = unseal(base_, nullptr, NewKeys::allowed, random_);
    ASSERT_FALSE(without);
    EXPECT_THAT(without.error(), HasSubstr(provider_.name()));
    SimDisk plain;
    EXPECT_EQ(unseal(plain, nullptr, NewKeys::allowed, random_).value(), nullptr);
    EXPECT_FALSE(unseal(plain, &provider_, NewKeys::refused, random_));
    EXPECT_TRUE(plain.list("").value().empty());
}

}  // namespace
}  // namespace tern
