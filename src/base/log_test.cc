#include "base/log_levels.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tern {
namespace {

std::vector<std::string> g_lines;

void remember(const log::Line& line) {
    g_lines.push_back(fmt::format("{}: {}", line.module, line.text));
}

TEST(Log, formats_for_the_sink_and_honours_the_level) {
    log::set_sink(&remember);
    log::info("journal", "{} files", 3);
    log::debug("journal", "unseen");
    log::set_level(log::Level::debug);
    log::debug("journal", "seen");
    log::set_level(log::Level::info);
    log::set_sink(nullptr);
    log::error("journal", "nobody listens");
    EXPECT_EQ(g_lines, (std::vector<std::string>{"journal: 3 files", "journal: seen"}));
}

TEST(Log, modules_may_have_levels_of_their_own) {
    g_lines.clear();
    log::set_sink(&remember);
    log::set_levels({.all = log::Level::warning,
                     .modules = {{"engine", log::Level::debug}, {"store", log::Level::error}}});
    log::debug("engine", "seen");
    log::info("journal", "unseen");
    log::warning("journal", "seen");
    log::warning("store", "unseen");
    log::error("store", "seen");
    EXPECT_EQ(log::levels().modules.size(), 2U);
    log::set_level(log::Level::info);
    EXPECT_TRUE(log::levels().modules.empty());
    log::debug("engine", "unseen");
    log::info("store", "seen");
    log::set_sink(nullptr);
    EXPECT_EQ(g_lines, (std::vector<std::string>{"engine: seen", "journal: seen", "store: seen",
                                                 "store: seen"}));
}

TEST(Log, levels_have_names) {
    for (const char* name : {"debug", "info", "warning", "error"}) {
        ASSERT_TRUE(log::parse_level(name));
        EXPECT_EQ(log::name_of(*log::parse_level(name)), name);
    }
    EXPECT_FALSE(log::parse_level("loud"));
}

}  // namespace
}  // namespace tern
