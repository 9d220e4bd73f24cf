#include "server/audit_log.h"

#include "runtime/sim/sim_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::server {
namespace {

using security::AuditEvent;
using testing::ElementsAre;

constexpr std::int64_t kAtMs = 1'700'000'000'123;

std::string content(SimDisk& disk, const std::string& name) {
    const auto file = disk.open(name, Disk::Open::existing);
    if (!file) return "nothing";
    std::string text(*(*file)->size(), '\0');
    std::ignore = (*file)->read_at(
        0, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()});  // NOLINT: bytes
    return text;
}

TEST(AuditLog, writes_an_object_a_line) {
    EXPECT_EQ(R"({"at":"2023-11-14T22:13:20.123Z","what":"login","outcome":"done","user":"ann"})",
              to_line({.what = "login", .user = "ann"}, kAtMs));
    EXPECT_EQ(R"({"at":"2023-11-14T22:13:20.123Z","what":"write","outcome":"denied","user":"a\nb",)"
              R"("address":"[::1]:5","by":"stomp","target":"queue://q","reason":"\"no\""})",
              to_line({.what = "write",
                       .allowed = false,
                       .user = "a\nb",
                       .address = "[::1]:5",
                       .by = "stomp",
                       .target = "queue://q",
                       .reason = "\"no\""},
                      kAtMs));
}

TEST(AuditLog, goes_on_in_its_file_and_rotates_full_ones) {
    SimDisk disk;
    const std::string line = to_line({.what = "login"}, kAtMs) + "\n";
    for (int run = 0; run < 3; ++run) {
        ThreadLane lane("audit");
        AuditLog log(disk, lane, [] { return kAtMs; }, {.file_bytes = line.size() * 2, .files = 2});
        lane.start();
        for (int i = 0; i < 3; ++i) log.note({.what = "login"});
        lane.stop();
    }
    // Nine lines: two files of two each are kept besides the last, which has one.
    EXPECT_THAT(*disk.list("audit"), ElementsAre("audit.1.log", "audit.2.log", "audit.log"));
    EXPECT_EQ(line, content(disk, "audit/audit.log"));
    EXPECT_EQ(line + line, content(disk, "audit/audit.1.log"));
    EXPECT_EQ(line + line, content(disk, "audit/audit.2.log"));
}

}  // namespace
}  // namespace tern::server
