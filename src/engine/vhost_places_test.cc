#include "engine/vhost_places.h"

#include <gtest/gtest.h>

namespace tern::engine {
namespace {

using broker::VhostLimit;

TEST(VhostPlacesTest, places_are_taken_until_there_are_no_more) {
    VhostPlaces places;
    constexpr auto kWhat = VhostLimit::user_channels;
    EXPECT_TRUE(places.take(kWhat, "ann", 2));
    EXPECT_TRUE(places.take(kWhat, "ann", 2));
    EXPECT_FALSE(places.take(kWhat, "ann", 2));
    EXPECT_TRUE(places.take(kWhat, "bob", 2));
    places.give_back(kWhat, "ann");
    EXPECT_TRUE(places.take(kWhat, "ann", 2));
}

TEST(VhostPlacesTest, what_was_there_before_a_limit_counts) {
    VhostPlaces places;
    EXPECT_TRUE(places.take(VhostLimit::vhost_connections, "shop", std::nullopt));
    EXPECT_FALSE(places.take(VhostLimit::vhost_connections, "shop", 1));
    EXPECT_FALSE(places.take(VhostLimit::vhost_connections, "closed", 0));
}

}  // namespace
}  // namespace tern::engine
