#include "server/options.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace tern::server {
namespace {

std::expected<Options, Exit> parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "ternd");
    return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Options, embedded_defaults_need_no_arguments) {
    const auto options = parse({});
    ASSERT_TRUE(options.has_value());
    EXPECT_EQ(options->data, "data");
    EXPECT_TRUE(options->listeners.empty());
}

TEST(Options, listeners_replace_the_embedded_ones) {
    const auto options =
        parse({"--data", "/d", "--listen", "openwire=127.0.0.1:0", "--listen", "openwire=[::1]:5"});
    ASSERT_TRUE(options.has_value());
    ASSERT_EQ(options->listeners.size(), 2U);
    EXPECT_EQ(options->listeners[1].endpoint, (gateway::Endpoint{"::1", 5}));
}

TEST(Options, settings_come_from_the_file_and_then_from_arguments) {
    const std::string file = testing::TempDir() + "ternd_options_test.conf";
    std::ofstream(file) << "# comment\nshards=2\nopenwire.handshake_timeout_ms=500\n";
    const auto options = parse({"--config", file.c_str(), "--set", "shards=1"});
    std::remove(file.c_str());
    ASSERT_TRUE(options.has_value()) << options.error().text;
    EXPECT_EQ(options->shards, 1);
    EXPECT_EQ(options->openwire.handshake_timeout_ms, 500);
}

TEST(Options, what_is_wrong_is_one_line_and_code_2) {
    for (const std::vector<const char*>& wrong :
         std::vector<std::vector<const char*>>{{"--nonsense"},
                                               {"--listen", "openwire"},
                                               {"--listen", "=127.0.0.1:70"},
                                               {"--set", "shards=many"},
                                               {"--set", "no.such=1"},
                                               {"--set", "journal.sync=perhaps"},
                                               {"--config", "/no/such/file"}}) {
        const auto options = parse(wrong);
        ASSERT_FALSE(options.has_value());
        EXPECT_EQ(options.error().code, 2);
        EXPECT_FALSE(options.error().text.empty());
        EXPECT_EQ(options.error().text.find('\n'), std::string::npos) << options.error().text;
    }
}

TEST(Options, help_and_version_are_not_errors) {
    EXPECT_EQ(parse({"--version"}).error().code, 0);
    EXPECT_NE(parse({"--help"}).error().text.find("openwire.handshake_timeout_ms"),
              std::string::npos);
}

}  // namespace
}  // namespace tern::server
