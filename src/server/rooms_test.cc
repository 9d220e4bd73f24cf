#include "server/rooms.h"

#include <gtest/gtest.h>

namespace tern::server {
namespace {

TEST(Rooms, are_found_by_the_name_of_a_listener) {
    const Options options;
    message::Formats formats;
    const Rooms rooms = make_rooms(options, formats);
    ASSERT_EQ(rooms_for("openwire", rooms).size(), 1U);
    EXPECT_EQ(rooms_for("openwire", rooms).front()->name(), "openwire");
    EXPECT_EQ(rooms_for("auto", rooms).size(), rooms.size());
    EXPECT_TRUE(rooms_for("gopher", rooms).empty());
}

}  // namespace
}  // namespace tern::server
