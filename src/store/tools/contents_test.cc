#include "store/tools/contents.h"

#include "store/tools/dump.h"
#include "store/tools/info.h"
#include "store/tools/tools_fixture.h"

namespace tern::store::tools {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ContentsTest : public ToolsStory {
protected:
    Strings dumped(Contents& contents, const DumpOptions& options) {
        Strings lines;
        const auto done = dump(*disk_, contents, options,
                               [&](const std::string& line) { lines.push_back(line); });
        EXPECT_TRUE(done) << done.error();
        return lines;
    }
};

TEST_F(ContentsTest, has_what_a_start_would_find) {
    write_some_of_everything();
    const auto contents = read();
    EXPECT_THAT(damages(*contents), IsEmpty());
    EXPECT_THAT(texts(*contents), ElementsAre("queue://A: one", "queue://A: two", "queue://B: both",
                                              "topic://T for client:sub: both", "queue://B: 150000",
                                              "queue://A: accepted"));
    EXPECT_EQ(contents->accepted().size(), 1U);
    EXPECT_EQ(contents->journal(), kJournal);
    ASSERT_EQ(contents->producers().size(), 1U);
    EXPECT_EQ(contents->producers()[0], (broker::Origin{5, sequence_}));
}

TEST_F(ContentsTest, changes_nothing) {
    write_some_of_everything();
    const auto bytes = [this] {
        std::map<std::string, std::string> all;
        for (const auto& one : std::filesystem::recursive_directory_iterator(root_ + "/data")) {
            if (!one.is_regular_file()) continue;
            std::ifstream stream(one.path(), std::ios::binary);
            all[one.path()] = {std::istreambuf_iterator<char>(stream),
                               std::istreambuf_iterator<char>()};
        }
        return all;
    };
    const auto before = bytes();
    const auto contents = read();
    EXPECT_TRUE(check(*contents));
    std::ignore = archive(*contents);
    EXPECT_EQ(bytes(), before);
}

TEST_F(ContentsTest, tells_what_there_is) {
    write_some_of_everything();
    const auto contents = read();
    const auto facts = info(*disk_, *contents);
    ASSERT_TRUE(facts) << facts.error();
    EXPECT_EQ(facts->messages, 5U);
    EXPECT_EQ(facts->branches, 1U);
    ASSERT_EQ(facts->queues.size(), 3U);
    EXPECT_EQ(facts->queues[0].name, "queue://A");
    EXPECT_EQ(facts->queues[0].messages, 3U);
    EXPECT_EQ(facts->queues[2].messages, 1U);
    ASSERT_TRUE(facts->oldest);
    EXPECT_EQ(facts->oldest->queue, "queue://A");
    EXPECT_EQ(facts->oldest->file, "journal/00000001.log");
    EXPECT_EQ(facts->oldest->sent_ms, 1'700'000'000'000);
    EXPECT_EQ(facts->kinds[1].files, 1U);
    EXPECT_EQ(facts->kinds[2].files, 1U);
}

TEST_F(ContentsTest, is_dumped_record_by_record) {
    write_some_of_everything();
    const auto contents = read();
    const Strings all = dumped(*contents, {.body_bytes = 10});
    EXPECT_THAT(all, Contains(HasSubstr("define queue=3 topic://T for client:sub")));
    EXPECT_THAT(all, Contains(HasSubstr("publish queue=1 queue://A openwire priority=4 "
                                        "sent=2023-11-14T22:13:20.000Z expires=never body=3 one")));
    EXPECT_THAT(all, Contains(HasSubstr("settle queue=1 queue://A message=")));
    EXPECT_THAT(all, Contains(HasSubstr("put branch x")));
    EXPECT_THAT(all, Contains(HasSubstr("in=large/0000000000000064.body")));
    EXPECT_THAT(all, Contains(HasSubstr("segments/00000001.seg")));
}

TEST_F(ContentsTest, is_dumped_by_file_and_queue) {
    write_some_of_everything();
    const auto contents = read();
    const Strings of_b = dumped(*contents, {.queue = "B"});
    EXPECT_THAT(of_b, Not(IsEmpty()));
    EXPECT_THAT(of_b, testing::Each(HasSubstr("queue=2")));
    const Strings of_sub = dumped(*contents, {.queue = "client:sub"});
    EXPECT_EQ(of_sub.size(), 2U);
    const Strings of_file = dumped(*contents, {.file = "segments/00000001.seg"});
    EXPECT_EQ(of_file.size(), 2U);
    const auto print = [](const std::string&) {};
    EXPECT_FALSE(dump(*disk_, *contents, {.queue = "nobody"}, print));
    EXPECT_FALSE(dump(*disk_, *contents, {.file = "journal/00000099.log"}, print));
}

TEST(NamesTest, are_readable) {
    EXPECT_EQ(time_text(0), "never");
    EXPECT_EQ(time_text(1'700'000'000'123), "2023-11-14T22:13:20.123Z");
    EXPECT_EQ(time_text(INT64_MAX), "9223372036854775807 ms");
    EXPECT_EQ(printable(as_bytes(std::string_view("a\n\\\0z", 5)), 100), "a\\x0a\\x5c\\x00z");
    EXPECT_EQ(printable(as_bytes("abcdef"), 3), "abc...");
}

}  // namespace
}  // namespace tern::store::tools
