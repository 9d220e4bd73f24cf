#include "broker/api/destination.h"

#include <gtest/gtest.h>

#include <unordered_map>

namespace tern::broker {
namespace {

TEST(Destination, text_names_its_kind) {
    EXPECT_EQ(to_text({Domain::queue, false, "A"}), "queue://A");
    EXPECT_EQ(to_text({Domain::topic, true, "ID:1"}), "temp-topic://ID:1");
}

TEST(Destination, kinds_of_one_name_are_unrelated) {
    std::unordered_map<Destination, int, DestinationHash, DestinationEqual> map;
    map[Destination(Domain::queue, false, "A")] = 1;
    map[Destination(Domain::topic, false, "A")] = 2;
    map[Destination(Domain::queue, true, "A")] = 3;
    EXPECT_EQ(map.size(), 3U);
    EXPECT_EQ(map.find(DestinationView{Domain::topic, false, "A"})->second, 2);
}

}  // namespace
}  // namespace tern::broker
