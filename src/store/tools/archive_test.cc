#include "store/tools/archive.h"

#include "bytes/crc32c.h"
#include "store/tools/tools_fixture.h"

namespace tern::store::tools {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ArchiveTest : public ToolsStory {
protected:
    std::string refused(MemoryArchive archive) {
        auto disk = std::move(PosixDisk::open(root_ + "/refused").value());
        StoreBuilder builder(*disk, 1);
        const auto copied = ArchiveReader(archive).run(builder);
        EXPECT_FALSE(copied);
        EXPECT_FALSE(std::filesystem::exists(root_ + "/refused/journal")) << "nothing to start on";
        std::filesystem::remove_all(root_ + "/refused");
        return copied ? "" : copied.error();
    }
    static std::string golden_path() { return TERN_GOLDEN_FOLDER "/archive_1.bin"; }
};

TEST_F(ArchiveTest, has_everything_and_gives_it_back) {
    write_some_of_everything();
    const auto contents = read();
    MemoryArchive first = archive(*contents);
    const auto disk = import_as("imported", first);
    const auto imported = read(*disk);
    EXPECT_THAT(damages(*imported), IsEmpty());
    EXPECT_EQ(texts(*imported), texts(*contents));
    EXPECT_EQ(imported->accepted(), contents->accepted());
    EXPECT_EQ(imported->producers(), contents->producers());
    EXPECT_TRUE(check(*imported));
    EXPECT_THAT(damages(*imported), IsEmpty());
    // Once more it is the same, but for the journal's id and where the journal goes on.
    const MemoryArchive second = archive(*imported);
    EXPECT_TRUE(std::equal(first.bytes.begin() + kArchiveHeaderBytes, first.bytes.end(),
                           second.bytes.begin() + kArchiveHeaderBytes, second.bytes.end()));
}

TEST_F(ArchiveTest, a_store_that_was_imported_starts_and_goes_on) {
    write_some_of_everything();
    MemoryArchive all = archive(*read());
    disk_ = import_as("data2", all);
    open();
    ASSERT_EQ(recovered_.size(), 3U);
    std::uint64_t waiting = 0;
    for (const auto& [id, queue] : recovered_) {
        waiting += queue.messages.size();
        for (const RecoveredRun& run : queue.runs) waiting += run.run.count;
    }
    EXPECT_EQ(waiting, 6U);
    const std::uint64_t lsn = publish({1}, "new");
    EXPECT_GT(lsn, read()->accepted()[0].lsn);
    close();
    EXPECT_THAT(texts(*read()), testing::Contains("queue://A: new"));
}

TEST_F(ArchiveTest, an_empty_store_is_one_as_well) {
    open();
    define(1, "A");
    close();
    MemoryArchive all = archive(*read());
    const auto disk = import_as("imported", all);
    EXPECT_EQ(read(*disk)->queues().size(), 1U);
}

TEST_F(ArchiveTest, what_several_queues_have_is_in_it_once) {
    open();
    subscribe(1, "T", "a", "s");
    subscribe(2, "T", "b", "s");
    for (int i = 0; i < 20; ++i) publish({1, 2}, std::string(10'000, 'x'));
    close();
    MemoryArchive all = archive(*read());
    EXPECT_LT(all.bytes.size(), 220'000U);
    const auto disk = import_as("imported", all);
    std::uint64_t bytes = 0;
    const auto imported = read(*disk);
    for (const auto& [number, segment] : imported->segments()) bytes += segment->bytes();
    EXPECT_LT(bytes, 220'000U) << "nor is it twice in the store";
    EXPECT_EQ(texts(*imported).size(), 40U);
}

TEST_F(ArchiveTest, is_refused_wherever_it_is_damaged) {
    write_some_of_everything();
    const MemoryArchive right = archive(*read());
    for (std::size_t at = 0; at < right.bytes.size(); at += at < 1500 ? 1 : 1009) {
        MemoryArchive damaged = right;
        damaged.bytes[at] ^= 0x10;
        EXPECT_THAT(refused(damaged), HasSubstr("archive")) << at;
    }
}

TEST_F(ArchiveTest, is_refused_wherever_it_ends_too_early) {
    write_some_of_everything();
    const MemoryArchive right = archive(*read());
    for (std::size_t size = 0; size < right.bytes.size(); size += size < 1500 ? 1 : 1009) {
        MemoryArchive damaged = right;
        damaged.bytes.resize(size);
        EXPECT_THAT(refused(damaged),
                    HasSubstr(size < kArchiveHeaderBytes ? "not an archive" : "ends too early"))
            << size;
    }
}

TEST_F(ArchiveTest, is_refused_with_something_behind_it_and_of_another_version) {
    open();
    define(1, "A");
    close();
    const MemoryArchive right = archive(*read());
    MemoryArchive longer = right;
    longer.bytes.push_back(0);
    EXPECT_THAT(refused(longer), HasSubstr("follows"));
    MemoryArchive newer = right;
    newer.bytes[11] = 2;
    store_big_endian(newer.bytes.data() + kArchiveHeaderBytes - 4,
                     crc32c(Bytes(newer.bytes).first(kArchiveHeaderBytes - 4)));
    EXPECT_THAT(refused(newer), HasSubstr("another version"));
}

TEST_F(ArchiveTest, of_version_1_is_read_as_it_was_written) {
    std::ifstream stream(golden_path(), std::ios::binary);
    MemoryArchive golden;
    golden.bytes.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    ASSERT_FALSE(golden.bytes.empty()) << golden_path();
    const auto disk = import_as("imported", golden);
    const auto imported = read(*disk);
    EXPECT_THAT(texts(*imported), ElementsAre("queue://A: one", "queue://A: two", "queue://B: both",
                                              "topic://T for client:sub: both", "queue://B: 150000",
                                              "queue://A: accepted"));
    // And what is written of the same today has the same bytes.
    write_some_of_everything();
    EXPECT_EQ(archive(*read()).bytes, golden.bytes);
}

}  // namespace
}  // namespace tern::store::tools
