#include "server/console_password.h"

#include "runtime/seeded_random.h"
#include "runtime/sim/sim_disk.h"
#include "security/crypto/password_hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace tern::server {
namespace {

std::string content(SimDisk& disk) {
    const auto file = disk.open(kConsolePasswordFile, Disk::Open::existing);
    std::string text(*(*file)->size(), '\0');
    std::ignore = (*file)->read_at(
        0, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()});  // NOLINT: bytes
    return text;
}

TEST(ConsolePassword, is_made_once_and_only_its_hash_is_kept) {
    SimDisk disk;
    SeededRandom random(7);
    const auto first = console_password(disk, random);
    ASSERT_TRUE(first) << first.error();
    ASSERT_TRUE(first->made);
    const std::string password(first->made->reveal());
    EXPECT_THAT(password, testing::MatchesRegex("[a-z2-9]{5}-[a-z2-9]{5}-[a-z2-9]{5}-[a-z2-9]{5}"));
    EXPECT_TRUE(security::matches_password(first->hash.reveal(), password));
    EXPECT_THAT(content(disk), testing::Not(testing::HasSubstr(password)));
    EXPECT_THAT(*disk.list(""), testing::ElementsAre(kConsolePasswordFile));

    const auto second = console_password(disk, random);
    ASSERT_TRUE(second) << second.error();
    EXPECT_FALSE(second->made) << "it is shown once";
    EXPECT_EQ(first->hash.reveal(), second->hash.reveal());

    ASSERT_TRUE(disk.remove(kConsolePasswordFile));
    const auto third = console_password(disk, random);
    ASSERT_TRUE(third && third->made);
    EXPECT_NE(password, third->made->reveal());
}

TEST(ConsolePassword, is_what_an_administrator_put_there) {
    SimDisk disk;
    SeededRandom random(7);
    const auto put = [&disk](std::string_view text) {
        const auto file = disk.open(kConsolePasswordFile, Disk::Open::create);
        ASSERT_TRUE(file);
        ASSERT_TRUE((*file)->truncate(0));
        const std::array parts{as_bytes(text)};
        ASSERT_TRUE((*file)->write_at(0, parts));
    };
    put("$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\r\n");
    const auto hashed = console_password(disk, random);
    ASSERT_TRUE(hashed) << hashed.error();
    EXPECT_TRUE(security::matches_password(hashed->hash.reveal(), "secret"));
    for (const char* none : {"", "secret\n"}) {
        put(none);
        const auto refused = console_password(disk, random);
        ASSERT_FALSE(refused) << "a password as it is lies nowhere";
        EXPECT_EQ("cannot use console-password in the data directory: it is no password's hash",
                  refused.error());
    }
}

}  // namespace
}  // namespace tern::server
