#include "journal/format.h"

#include "journal/journal_fixture.h"

namespace tern::journal {
namespace {

using testing::ElementsAre;
using testing::Eq;
using testing::Optional;

/// A file of version 1, made by other means from what docs/formats/journal.md says: journal 1 holds
/// the batches ("a", "bc") and ("def"). It must remain readable.
constexpr std::string_view kGolden =
    "5445524e4a524e4c000000010000000000000000000000010000000000000001"
    "000000000000000100000000000000000000000000000000000000007c80f9ed"
    "544a465200000002000000000000005000000000000000010000000000000001"
    "000000000000000006140571694942a600000001010000003643b6ac61000000"
    "0201000000ff49b97462630000000000544a4652000000010000000000000040"
    "000000000000000100000000000000030000000000000002d783f425b4035414"
    "000000030100000063d4a34264656600";

std::vector<std::uint8_t> golden() {
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < kGolden.size(); i += 2) {
        bytes.push_back(
            static_cast<std::uint8_t>(std::stoi(std::string(kGolden.substr(i, 2)), nullptr, 16)));
    }
    return bytes;
}

class FormatTest : public JournalStory {
protected:
    FormatTest() {
        options_.id = 1;
        type_ = 1;
    }
};

TEST_F(FormatTest, reads_the_golden_file) {
    ASSERT_TRUE(disk_.make_folder("journal"));
    const auto bytes = golden();
    const auto opened = disk_.open(file(1), Disk::Open::create);
    ASSERT_TRUE((*opened)->write_at(0, std::array{Bytes(bytes)}));
    options_.id = 0;
    open();
    EXPECT_THAT(replayed_, ElementsAre("a", "bc", "def"));
    EXPECT_EQ(places_["def"].lsn, Lsn(3));
    EXPECT_EQ(places_["def"].journal, 1U);
}

TEST_F(FormatTest, writes_the_golden_file) {
    open();
    store(Strings{"a", "bc"});
    store("def");
    std::vector<std::uint8_t> bytes(golden().size());
    const auto opened = disk_.open(file(1), Disk::Open::existing);
    ASSERT_EQ((*opened)->read_at(0, bytes).value(), bytes.size());
    EXPECT_EQ(bytes, golden());
}

TEST_F(FormatTest, names_files_by_number) {
    EXPECT_EQ(path_of(FileNumber(1)), "journal/00000001.log");
    EXPECT_EQ(path_of(FileNumber(123456789)), "journal/123456789.log");
    EXPECT_THAT(number_of("00000012.log"), Optional(Eq(FileNumber(12))));
    EXPECT_THAT(number_of("123456789.log"), Optional(Eq(FileNumber(123456789))));
    for (const char* name : {"1.log", "00000000.log", "000000012.log", "00000012.tmp",
                             "0000001a.log", "-0000012.log", "99999999999999999999.log", ""}) {
        EXPECT_EQ(number_of(name), std::nullopt) << name;
    }
}

TEST_F(FormatTest, a_header_that_is_cut_or_changed_anywhere_is_none) {
    const auto header = encode(
        FileHeader{.journal = 7, .file = FileNumber(3), .first = Lsn(10), .durable = Lsn(9)});
    ASSERT_TRUE(decode_file_header(header));
    EXPECT_FALSE(decode_file_header(Bytes(header).first(63)));
    for (std::size_t bit = 0; bit < header.size() * 8; ++bit) {
        auto changed = header;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        EXPECT_FALSE(decode_file_header(changed)) << bit;
    }
    std::array<std::uint8_t, kFrameHeaderBytes> frame{};
    encode(FrameHeader{.records = 1,
                       .bytes = 64,
                       .file = FileNumber(3),
                       .first = Lsn(10),
                       .durable = Lsn(9),
                       .records_crc = 5},
           frame);
    ASSERT_TRUE(decode_frame_header(frame));
    EXPECT_FALSE(decode_frame_header(Bytes(frame).first(47)));
    for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
        auto changed = frame;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        EXPECT_FALSE(decode_frame_header(changed)) << bit;
    }
}

}  // namespace
}  // namespace tern::journal
