#include "runtime/sealed/rekey.h"

#include "runtime/sealed/sealed_fixture.h"

#include <fmt/format.h>

namespace tern {
namespace {

using testing::HasSubstr;

class RekeyTest : public testing::Test {
protected:
    static constexpr int kFiles = 5;

    RekeyTest() {
        EXPECT_TRUE(disk_.make_folder("a"));
        EXPECT_TRUE(disk_.make_folder("b"));
        write_all(disk_);
    }
    static std::string name(int i) { return fmt::format("{}/{}", i % 2 == 0 ? 'a' : 'b', i); }
    static std::string content(int i) { return std::string(i * 3000, static_cast<char>('s' + i)); }
    static void write_all(Disk& disk) {
        for (int i = 0; i < kFiles; ++i) {
            const auto file = disk.open(name(i), Disk::Open::create).value();
            ASSERT_TRUE(file->write_at(0, std::array{as_bytes(content(i))}));
            ASSERT_TRUE(file->sync());
        }
        for (const char* const folder : {"", "a", "b"}) ASSERT_TRUE(disk.sync_folder(folder));
    }
    /// All files are there, for whoever has the key, and for nobody else.
    void expect(KeyProvider* provider) {
        const auto sealed = unseal(disk_, provider, NewKeys::refused, random_);
        ASSERT_TRUE(sealed) << sealed.error();
        Disk& disk = *sealed == nullptr ? static_cast<Disk&>(disk_) : **sealed;
        for (int i = 0; i < kFiles; ++i) {
            const auto file = disk.open(name(i), Disk::Open::existing).value();
            std::string text(20'000, '?');
            text.resize(file->read_at(0, std::span(reinterpret_cast<std::uint8_t*>(text.data()),
                                                   text.size()))
                            .value());
            EXPECT_EQ(text, content(i)) << i;
        }
        EXPECT_EQ(disk_.list("a").value().size() + disk_.list("b").value().size(),
                  std::size_t{kFiles});
    }
    std::expected<Rekeyed, std::string> rekey(KeyProvider* from, KeyProvider* to,
                                              bool keep = false) {
        return tern::rekey(disk_,
                           {.from = from, .to = to, .keep_data_keys = keep, .folders = {"a", "b"}},
                           random_);
    }
    std::uint32_t data_key() {
        const auto file = disk_.open(name(3), Disk::Open::existing).value();
        return sealing_key(*file).value().value();
    }

    SimDisk disk_;
    SeededRandom random_{5};
    KeyFile one_{key(1), random_};
    KeyFile two_{key(2), random_};
};

TEST_F(RekeyTest, encrypts_a_store_changes_its_keys_and_decrypts_it) {
    EXPECT_EQ(rekey(nullptr, &one_).value().files, std::uint64_t{kFiles});
    expect(&one_);
    EXPECT_EQ(data_key(), 1U);
    ASSERT_TRUE(rekey(&one_, &two_));
    expect(&two_);
    EXPECT_EQ(data_key(), 2U);
    EXPECT_FALSE(unseal(disk_, &one_, NewKeys::refused, random_));
    ASSERT_TRUE(rekey(&two_, &two_)) << "data keys alone";
    EXPECT_EQ(data_key(), 3U);
    EXPECT_EQ(KeyRing::stored(disk_).value()->keys.size(), 1U) << "the old ones are forgotten";
    expect(&two_);
    ASSERT_TRUE(rekey(&two_, nullptr));
    expect(nullptr);
    EXPECT_FALSE(KeyRing::stored(disk_).value());
}

TEST_F(RekeyTest, changes_the_wrapping_alone_if_that_is_wanted) {
    ASSERT_TRUE(rekey(nullptr, &one_));
    EXPECT_EQ(rekey(&one_, &two_, true).value().files, 0U);
    EXPECT_EQ(data_key(), 1U);
    expect(&two_);
}

TEST_F(RekeyTest, asks_for_the_keys_that_are_needed) {
    EXPECT_THAT(rekey(&one_, &two_).error(), HasSubstr("not encrypted"));
    EXPECT_THAT(rekey(&one_, nullptr).error(), HasSubstr("not encrypted"));
    ASSERT_TRUE(rekey(nullptr, &one_));
    EXPECT_THAT(rekey(nullptr, &two_).error(), HasSubstr(one_.name()));
    EXPECT_THAT(rekey(&two_, &one_).error(), HasSubstr(one_.name()));
    EXPECT_THAT(rekey(&two_, nullptr).error(), HasSubstr(one_.name()));
    expect(&one_);
}

TEST_F(RekeyTest, goes_on_after_power_failed_anywhere) {
    struct Change {
        KeyFile* from;
        KeyFile* to;
    };
    SeededRandom dice(9);
    // The changes come round, so that each begins where the one before has ended.
    const std::array<Change, 3> changes{{{&two_, nullptr}, {nullptr, &one_}, {&one_, &two_}}};
    int broken_off = 0;
    for (std::uint64_t at = 1; at < 150; ++at) {
        const Change& change = changes.at(at % changes.size());
        disk_.cut_power_at(1 + at / changes.size());
        const bool done = rekey(change.from, change.to).has_value();
        disk_.crash(dice);
        if (!done) {
            ++broken_off;
            const auto stored = KeyRing::stored(disk_).value();
            const bool begun = stored && stored->state != KeyRing::State::settled;
            if (begun) {
                EXPECT_FALSE(unseal(disk_, change.to, NewKeys::refused, random_));
            }
            const auto again = rekey(change.from, change.to);
            // It had come to its end, and only did not hear of it.
            if (!again) {
                SCOPED_TRACE(again.error());
                expect(change.to);
            }
        }
        expect(change.to);
        if (HasFailure()) FAIL() << "power failed at change " << at;
    }
    EXPECT_GT(broken_off, 80);
}

}  // namespace
}  // namespace tern
