#include "cli/options_fixture.h"

#include <fstream>

namespace tern::cli {
namespace {

using client::Destination;
using client::Message;
using Acknowledge = ConsumeOptions::Acknowledge;

class OptionsTest : public CommandLineTest {};

TEST_F(OptionsTest, ProduceHasDefaults) {
    const auto options = parsed<ProduceOptions>({"produce", "-d", "Q"});
    EXPECT_EQ(options.common.destination, Destination::queue("Q"));
    EXPECT_EQ(options.common.url, "tcp://localhost:61616");
    EXPECT_EQ(options.common.count, 1U);
    EXPECT_EQ(options.parallel, 1);
    EXPECT_EQ(options.transacted, 0U);
    EXPECT_EQ(options.message.body, Message::Body(std::string(1024, 'x')));
    EXPECT_TRUE(options.message.persistent);
    EXPECT_EQ(options.message.priority, 4);
}

TEST_F(OptionsTest, ProduceTakesEverything) {
    const auto options = parsed<ProduceOptions>({"produce",
                                                 "--url",
                                                 "tcp://h:1",
                                                 "--user",
                                                 "u",
                                                 "--password",
                                                 "p",
                                                 "--client-id",
                                                 "c",
                                                 "--destination",
                                                 "topic://T",
                                                 "--count",
                                                 "5",
                                                 "--timeout",
                                                 "2m",
                                                 "--quiet",
                                                 "--message",
                                                 "hi",
                                                 "--non-persistent",
                                                 "--priority",
                                                 "9",
                                                 "--ttl",
                                                 "1.5",
                                                 "--reply-to",
                                                 "queue://R",
                                                 "--correlation-id",
                                                 "id",
                                                 "--type",
                                                 "t",
                                                 "--group",
                                                 "g",
                                                 "--property",
                                                 "a=b=c",
                                                 "--property",
                                                 "n:int=7",
                                                 "--parallel",
                                                 "3",
                                                 "--rate",
                                                 "10.5",
                                                 "--transacted",
                                                 "4",
                                                 "--window",
                                                 "9"});
    EXPECT_EQ(options.common.url, "tcp://h:1");
    EXPECT_EQ(options.common.user, "u");
    EXPECT_EQ(options.common.password, "p");
    EXPECT_EQ(options.common.client_id, "c");
    EXPECT_EQ(options.common.destination, Destination::topic("T"));
    EXPECT_EQ(options.common.count, 5U);
    EXPECT_EQ(options.common.timeout, milliseconds(120'000));
    EXPECT_TRUE(options.common.quiet);
    EXPECT_EQ(options.parallel, 3);
    EXPECT_EQ(options.rate, 10.5);
    EXPECT_EQ(options.transacted, 4U);
    EXPECT_EQ(options.window, 9U);
    EXPECT_EQ(options.time_to_live, milliseconds(1500));
    const Message message{.body = "hi",
                          .properties = {{"a", "b=c"}, {"n", std::int32_t{7}}},
                          .correlation_id = "id",
                          .type = "t",
                          .reply_to = Destination::queue("R"),
                          .group_id = "g",
                          .persistent = false,
                          .priority = 9};
    EXPECT_EQ(options.message, message);
}

TEST_F(OptionsTest, BodiesComeFromOneSource) {
    EXPECT_EQ(parsed<ProduceOptions>({"produce", "-d", "Q", "--size", "2k"}).message.body,
              Message::Body(std::string(2048, 'x')));
    EXPECT_EQ(parsed<ProduceOptions>({"produce", "-d", "Q", "-m", "x", "--bytes"}).message.body,
              Message::Body(client::Blob{'x'}));
    const auto lines = parsed<ProduceOptions>({"produce", "-d", "Q", "--lines"});
    EXPECT_TRUE(lines.lines);
    EXPECT_EQ(lines.common.count, std::nullopt);
    const std::string name = ::testing::TempDir() + "/tern_options_test_body";
    std::ofstream(name) << "from a\nfile";
    EXPECT_EQ(parsed<ProduceOptions>({"produce", "-d", "Q", "--file", name.c_str()}).message.body,
              Message::Body("from a\nfile"));
    EXPECT_NE(refused({"produce", "-d", "Q", "--size", "1", "-m", "x"}), "accepted");
    EXPECT_NE(refused({"produce", "-d", "Q", "--file", "/no/such/file"}), "accepted");
    EXPECT_NE(refused({"produce", "-d", "Q", "--size", "3g"}), "accepted");
}

TEST_F(OptionsTest, ConsumeAndBrowse) {
    const auto plain = parsed<ConsumeOptions>({"consume", "-d", "Q"});
    EXPECT_EQ(plain.acknowledge, Acknowledge::automatic);
    EXPECT_EQ(plain.print, Print::nothing);
    EXPECT_EQ(plain.common.count, std::nullopt);
    const auto options =
        parsed<ConsumeOptions>({"consume", "-d", "Q", "--lines", "--ack", "none", "--selector",
                                "a = 1", "--prefetch", "0", "--idle", "500ms"});
    EXPECT_EQ(options.acknowledge, Acknowledge::none);
    EXPECT_EQ(options.print, Print::lines);
    EXPECT_EQ(options.selector, "a = 1");
    EXPECT_EQ(options.prefetch, 0);
    EXPECT_EQ(options.idle, milliseconds(500));
    EXPECT_EQ(parsed<BrowseOptions>({"browse", "-d", "Q"}).print, Print::list);
    EXPECT_EQ(parsed<BrowseOptions>({"browse", "-d", "Q", "--json"}).print, Print::json);
}

TEST_F(OptionsTest, TheEnvironmentNamesTheBroker) {
    ::setenv("TERN_URL", "tcp://env:2", 1);
    ::setenv("TERN_USER", "eve", 1);
    EXPECT_EQ(parsed<BrowseOptions>({"browse", "-d", "Q"}).common.url, "tcp://env:2");
    EXPECT_EQ(parsed<BrowseOptions>({"browse", "-d", "Q"}).common.user, "eve");
    EXPECT_EQ(parsed<BrowseOptions>({"browse", "-d", "Q", "--url", "tcp://h"}).common.url,
              "tcp://h");
    ::unsetenv("TERN_URL");
    ::unsetenv("TERN_USER");
}

TEST_F(OptionsTest, RefusalsAreOneClearLine) {
    EXPECT_EQ(refused({}), "what to do? produce, consume, browse, …; see tern --help");
    EXPECT_EQ(refused({"produce"}), "--destination is required");
    EXPECT_EQ(refused({"produce", "-d", "Q", "--ttl", "soon"}),
              "--ttl: 'soon' is not a duration such as 500ms, 5s, 2m or 1h");
    EXPECT_EQ(refused({"produce", "-d", "Q", "--property", "x"}),
              "--property: 'x' is not NAME=TEXT or NAME:TYPE=VALUE");
    EXPECT_EQ(refused({"consume", "-d", "Q", "--ack", "maybe"}),
              "--ack: 'maybe' is not auto, client, individual or none");
    for (const auto& arguments : std::vector<std::vector<const char*>>{
             {"dance"},
             {"produce", "-d", ""},
             {"produce", "-d", "Q", "--url", "localhost"},
             {"produce", "-d", "Q", "--count", "-1"},
             {"produce", "-d", "Q", "--count", "many"},
             {"produce", "-d", "Q", "--transacted", "-1"},
             {"produce", "-d", "Q", "--priority", "10"},
             {"produce", "-d", "Q", "--rate", "0"},
             {"produce", "-d", "Q", "--parallel", "0"},
             {"produce", "-d", "Q", "--idle", "1s"},
             {"consume", "-d", "Q", "--lines", "--json"},
             {"consume", "-d", "Q", "--ack", "auto", "--transacted", "1"},
             {"browse", "-d", "Q", "--parallel", "2"}}) {
        EXPECT_NE(refused(arguments), "accepted") << arguments.back();
    }
}

TEST_F(OptionsTest, HelpAndVersion) {
    EXPECT_EQ(parse({"--version"}).error().text, "0.1.0");
    for (const auto& arguments : std::vector<std::vector<const char*>>{
             {"--help"}, {"produce", "--help"}, {"consume", "--help"}, {"browse", "-h"}}) {
        const Exit exit = parse(arguments).error();
        EXPECT_EQ(exit.code, 0);
        EXPECT_NE(exit.text.find("Usage: tern"), std::string::npos) << exit.text;
    }
}

TEST_F(OptionsTest, SecretsAreOnNoCommandLine) {
    EXPECT_EQ(parsed<SecretOptions>({"hash-password"}).verb, "hash-password");
    EXPECT_EQ(parsed<SecretOptions>({"encrypt"}).algorithm, "PBEWithMD5AndDES");
    EXPECT_EQ(parsed<SecretOptions>({"decrypt", "--algorithm", "x"}).algorithm, "x");
    EXPECT_NE(refused({"hash-password", "secret"}), "accepted");
    EXPECT_NE(refused({"encrypt", "secret"}), "accepted");
}

TEST_F(OptionsTest, TheStoreOfABrokerThatDoesNotRun) {
    EXPECT_EQ(parsed<StoreOptions>({"store", "info", "data"}).data, "data");
    EXPECT_FALSE(parsed<StoreOptions>({"store", "check", "data"}).repair);
    EXPECT_TRUE(parsed<StoreOptions>({"store", "check", "--repair", "data"}).repair);
    const auto dump =
        parsed<StoreOptions>({"store", "dump", "data", "--queue", "Q", "--body", "9"});
    EXPECT_EQ(dump.verb, "dump");
    EXPECT_EQ(dump.dump.queue, "Q");
    EXPECT_EQ(dump.dump.body_bytes, 9U);
    const auto exporting = parsed<StoreOptions>({"store", "export", "data", "archive"});
    EXPECT_EQ(exporting.data, "data");
    EXPECT_EQ(exporting.archive, "archive");
    EXPECT_FALSE(exporting.consumed);
    const auto consumed = parsed<StoreOptions>({"store", "export", "data", "archive", "--consumed",
                                                "--since", "2026-01-31", "--queue", "Q"});
    EXPECT_TRUE(consumed.consumed);
    EXPECT_EQ(consumed.since, "2026-01-31");
    EXPECT_EQ(consumed.queue, "Q");
    EXPECT_NE(refused({"store", "export", "data", "archive", "--since", "2026-01-31"}), "accepted");
    const auto importing = parsed<StoreOptions>({"store", "import", "archive", "data"});
    EXPECT_EQ(importing.data, "data");
    EXPECT_EQ(importing.archive, "archive");
    EXPECT_NE(refused({"store"}), "accepted");
    EXPECT_NE(refused({"store", "info"}), "accepted");
    EXPECT_NE(refused({"store", "export", "data"}), "accepted");
}

}  // namespace
}  // namespace tern::cli
