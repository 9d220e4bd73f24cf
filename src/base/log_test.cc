#include "base/log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tern {
namespace {

std::vector<std::string> g_lines;

void remember(log::Level, std::string_view module, std::string_view text) {
    g_lines.push_back(fmt::format("{}: {}", module, text));
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

}  // namespace
}  // namespace tern
