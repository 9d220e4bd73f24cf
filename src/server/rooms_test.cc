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

TEST(Rooms, embedded_listeners_begin_with_one_for_all_of_them) {
    const Options options;
    message::Formats formats;
    const Rooms rooms = make_rooms(options, formats);
    const auto listeners = embedded_listeners(rooms);
    ASSERT_FALSE(listeners.empty());
    EXPECT_EQ(listeners.front().name, "auto");
    EXPECT_EQ(listeners.front().endpoint, (gateway::Endpoint{"127.0.0.1", 61616}));
    for (const ListenerOptions& one : listeners) {
        EXPECT_FALSE(rooms_for(one.name, rooms).empty()) << one.name;
    }
}

}  // namespace
}  // namespace tern::server
