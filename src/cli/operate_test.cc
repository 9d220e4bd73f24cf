#include "cli/operate.h"

#include "cli/options.h"
#include "cli/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::cli {
namespace {

using testing::ElementsAre;

std::expected<Options, Exit> parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "tern");
    return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

OperateOptions accepted(std::vector<const char*> arguments) {
    const auto options = parse(std::move(arguments));
    EXPECT_TRUE(options) << options.error().text;
    return options ? std::get<OperateOptions>(*options) : OperateOptions();
}

int refused(std::vector<const char*> arguments) {
    const auto options = parse(std::move(arguments));
    return options ? 0 : options.error().code;
}

TEST(Operate, commands_take_what_they_are_about) {
    OperateOptions options =
        accepted({"queues", "--search", "a", "--sort", "size", "--limit", "5"});
    EXPECT_EQ(options.verb, "queues");
    EXPECT_EQ(options.search, "a");
    EXPECT_EQ(options.sort, "size");
    EXPECT_EQ(options.limit, 5U);
    options =
        accepted({"move", "A", "B", "--id", "1", "--id", "2", "--json", "--http", "http://h:1"});
    EXPECT_EQ(options.verb, "move");
    EXPECT_THAT(options.names, ElementsAre("A", "B"));
    EXPECT_THAT(options.ids, ElementsAre(1, 2));
    EXPECT_TRUE(options.json);
    EXPECT_EQ(options.server.url, "http://h:1");
    EXPECT_EQ(accepted({"why", "queue", "A"}).verb, "why queue");
    EXPECT_THAT(accepted({"why", "message", "A", "64"}).names, ElementsAre("A", "64"));
    EXPECT_EQ(accepted({"xa", "list"}).verb, "xa list");
    EXPECT_THAT(accepted({"xa", "commit", "XID:[7,globalId=67,branchId=62]"}).names,
                ElementsAre("XID:[7,globalId=67,branchId=62]"));
    EXPECT_EQ(accepted({"top", "--every", "2s", "--limit", "3"}).limit, 3U);
    EXPECT_EQ(accepted({"trace", "A", "--selector", "a = 1", "-n", "2"}).selector, "a = 1");
    EXPECT_EQ(accepted({"stats", "--watch", "--every", "2s", "-n", "3"}).period,
              std::chrono::seconds(2));
    options = accepted({"query", "-QQueue=*", "--view", "Name"});
    EXPECT_THAT(options.filters, ElementsAre("Queue=*"));
    EXPECT_EQ(options.view, "Name");
    EXPECT_THAT(accepted({"dstat"}).names, ElementsAre());
    EXPECT_THAT(accepted({"dstat", "topics"}).names, ElementsAre("topics"));
}

TEST(Operate, nothing_named_is_not_everything) {
    EXPECT_EQ(refused({"delete", "A"}), 2);
    EXPECT_EQ(refused({"move", "A", "--all"}), 2);
    EXPECT_EQ(refused({"delete", "A", "--all", "--id", "1"}), 2);
    EXPECT_EQ(refused({"purge"}), 2);
    EXPECT_EQ(refused({"why"}), 2);
    EXPECT_EQ(refused({"why", "message", "A"}), 2);
    EXPECT_EQ(refused({"trace"}), 2);
    EXPECT_EQ(refused({"xa", "rollback"}), 2);
    EXPECT_EQ(refused({"queues", "--sort", "colour"}), 2);
    EXPECT_EQ(refused({"dstat", "everything"}), 2);
    EXPECT_EQ(refused({"stats", "-n", "3"}), 2);
}

TEST(Table, columns_are_as_wide_as_what_is_in_them) {
    Table table({"NAME", "N", "WHO"});
    table.add({"\xC3\xA4", "10", "x"});
    table.add({"longer", "9", "-"});
    EXPECT_EQ(table.text(),
              "NAME     N  WHO\n"
              "\xC3\xA4       10  x\n"
              "longer   9  -\n");
    EXPECT_EQ(Table({"A", "B"}).text(), "A  B\n");
}

TEST(Operate, says_what_is_wrong_with_the_broker) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(operate({.verb = "health", .server = {.url = "ftp://h"}}), 1);
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "tern: the URL is not http[s]://[USER:PASSWORD@]HOST:PORT\n");
}

}  // namespace
}  // namespace tern::cli
