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

TEST(Destination, composite_names_have_elements) {
    const auto all = elements({Domain::queue, false, " A , topic://B,,A, temp-queue://ID:1"});
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0], Destination(Domain::queue, false, "A"));
    EXPECT_EQ(all[1], Destination(Domain::topic, false, "B"));
    EXPECT_EQ(all[2], Destination(Domain::queue, true, "ID:1"));
    EXPECT_TRUE(elements({Domain::queue, false, " , "}).empty());
}

TEST(Destination, patterns_have_whole_elements) {
    for (const char* pattern : {">", "*", "A.>", "A.*", "*.B", "A.*.C"}) {
        EXPECT_TRUE(is_pattern(pattern)) << pattern;
    }
    for (const char* name : {"", "A", "A.B", "order*", "A>", ">.A"}) {
        EXPECT_FALSE(is_pattern(name)) << name;
    }
}

TEST(Destination, patterns_match_element_by_element) {
    EXPECT_TRUE(matches("A.*", "A.B"));
    EXPECT_FALSE(matches("*.B", "$A.B"));
    EXPECT_FALSE(matches(">", "$A"));
    EXPECT_TRUE(matches("$A.>", "$A.B"));
    EXPECT_FALSE(matches("A.*", "A"));
    EXPECT_FALSE(matches("A.*", "A.B.C"));
    EXPECT_TRUE(matches("A.*.C", "A.B.C"));
    EXPECT_FALSE(matches("A.*.C", "A.C"));
    EXPECT_TRUE(matches("*.B", "A.B"));
    EXPECT_TRUE(matches("A.>", "A"));
    EXPECT_TRUE(matches("A.>", "A.B.C"));
    EXPECT_FALSE(matches("A.>", "AB"));
    EXPECT_TRUE(matches(">", "A.B"));
    EXPECT_TRUE(matches("A", "A"));
    EXPECT_FALSE(matches("A", "A.B"));
    EXPECT_TRUE(matches("A.*", "A."));
    EXPECT_FALSE(matches("A.*", "A.B."));
    EXPECT_FALSE(matches("A.*", "A"));
    EXPECT_TRUE(matches("*.*", ".A"));
    EXPECT_TRUE(matches("*.*", "."));
    EXPECT_FALSE(matches("*", "."));
    EXPECT_TRUE(matches("A.*.>", "A."));
}

}  // namespace
}  // namespace tern::broker
