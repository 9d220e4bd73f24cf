#include "protocol/mqtt/codec/topics.h"

#include <gtest/gtest.h>

namespace tern::mqtt {
namespace {

TEST(MqttTopics, names_have_no_wildcards) {
    EXPECT_TRUE(is_topic_name("a/b"));
    EXPECT_TRUE(is_topic_name("/"));
    EXPECT_TRUE(is_topic_name("a b"));
    EXPECT_FALSE(is_topic_name(""));
    EXPECT_FALSE(is_topic_name("a/+"));
    EXPECT_FALSE(is_topic_name("a#"));
    EXPECT_TRUE(is_topic_name(std::string(65535, 'a')));
    EXPECT_FALSE(is_topic_name(std::string(65536, 'a')));
}

TEST(MqttTopics, wildcards_of_filters_fill_levels) {
    for (const char* good : {"#", "+", "a", "a/#", "+/a/+", "/+", "//", "a//#", "$SYS/#"}) {
        EXPECT_TRUE(is_topic_filter(good)) << good;
    }
    for (const char* bad : {"", "a#", "#/a", "a/#/b", "a+", "+a/b", "a/b+"}) {
        EXPECT_FALSE(is_topic_filter(bad)) << bad;
    }
}

TEST(MqttTopics, matching_goes_level_by_level) {
    struct Case {
        const char* filter;
        const char* topic;
        bool match;
    };
    constexpr Case kCases[] = {
        {"a/b", "a/b", true},       {"a/b", "a/B", false},    {"a/b", "a", false},
        {"a", "a/b", false},        {"a/b", "a/b/", false},   {"a/b/", "a/b", false},
        {"#", "a/b/c", true},       {"#", "/", true},         {"a/#", "a", true},
        {"a/#", "a/", true},        {"a/#", "a/b/c", true},   {"a/#", "ab", false},
        {"a/+/#", "a", false},      {"a/+/#", "a/b", true},   {"+", "a", true},
        {"+", "/a", false},         {"/+", "/a", true},       {"+/+", "/a", true},
        {"+/+", "a", false},        {"a/+/c", "a/b/c", true}, {"a/+/c", "a//c", true},
        {"a/+/c", "a/b/d", false},  {"a/+", "a", false},      {"a/+", "a/", true},
        {"#", "$SYS/x", false},     {"+/x", "$SYS/x", false}, {"$SYS/#", "$SYS/x", true},
        {"$SYS/+", "$SYS/x", true}, {"a/#", "a/$b", true},
    };
    for (const Case& one : kCases) {
        EXPECT_EQ(matches(one.filter, one.topic), one.match) << one.filter << " " << one.topic;
    }
}

TEST(MqttTopics, shared_filters_name_a_group) {
    const auto shared = parse_shared("$share/group/a/+");
    ASSERT_TRUE(shared);
    EXPECT_EQ(shared->group, "group");
    EXPECT_EQ(shared->filter, "a/+");
    for (const char* bad :
         {"$share/", "$share/g", "$share/g/", "$share//a", "$share/g+/a", "$share/g/a#"}) {
        EXPECT_TRUE(is_shared(bad));
        EXPECT_FALSE(parse_shared(bad)) << bad;
    }
    EXPECT_FALSE(is_shared("$shared/a"));
}

TEST(MqttTopics, names_of_other_protocols_lose_nothing) {
    EXPECT_EQ(swap_names("a/b/c"), "a.b.c");
    EXPECT_EQ(swap_names("a.b/c"), "a/b.c");
    EXPECT_EQ(swap_names("a/+/#"), "a.*.>");
    EXPECT_EQ(swap_names(swap_names("/a.b*c>d/+/#")), "/a.b*c>d/+/#");
    EXPECT_EQ(swap_names("/finance"), ".finance");
}

}  // namespace
}  // namespace tern::mqtt
