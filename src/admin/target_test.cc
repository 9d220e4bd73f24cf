#include "admin/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace tern::admin {
namespace {

using testing::ElementsAre;

TEST(Target, takes_paths_and_queries_apart) {
    const auto target = parse_target("/api/queues/A%2FB%20c?limit=5&search=a+b%26&flag");
    ASSERT_TRUE(target);
    EXPECT_THAT(target->path, ElementsAre("api", "queues", "A/B c"));
    EXPECT_EQ(target->parameter("limit"), "5");
    EXPECT_EQ(target->parameter("search"), "a b&");
    EXPECT_EQ(target->parameter("flag"), "");
    EXPECT_EQ(target->parameter("other"), "");
    EXPECT_EQ(to_text(*target), "/api/queues/A%2FB%20c?flag=&limit=5&search=a%20b%26");
}

TEST(Target, knows_the_edges) {
    EXPECT_THAT(parse_target("/")->path, ElementsAre());
    EXPECT_THAT(parse_target("/a/")->path, ElementsAre("a"));
    EXPECT_THAT(parse_target("/a//b")->path, ElementsAre("a", "", "b"));
    EXPECT_THAT(parse_target("/a+b#part")->path, ElementsAre("a+b"));
    for (const char* wrong : {"", "a", "*", "http://h/", "/%", "/%4", "/%zz", "/a?b=%x"}) {
        EXPECT_FALSE(parse_target(wrong)) << wrong;
    }
}

TEST(Target, has_limits) {
    std::string path;
    for (std::size_t i = 0; i < Target::kSegmentsMax; ++i) path += "/s";
    EXPECT_TRUE(parse_target(path));
    EXPECT_FALSE(parse_target(path + "/s"));
    std::string query = "/?";
    for (std::size_t i = 0; i < Target::kParametersMax; ++i) query += std::to_string(i) + "&";
    EXPECT_TRUE(parse_target(query));
    EXPECT_FALSE(parse_target(query + "more"));
}

TEST(Target, tables_of_routes_are_looked_through) {
    struct Route {
        std::string_view method;
        std::string_view path;
    };
    static constexpr std::array kTable{Route{"GET", "/queues"}, Route{"POST", "/queues"},
                                       Route{"GET", "/queues/{queue}"}};
    const auto look = [](std::string_view method, std::string_view path) {
        return find_route(std::span<const Route>(kTable), method, *parse_target(path));
    };
    EXPECT_EQ(look("POST", "/queues").route, &kTable[1]);
    EXPECT_EQ(look("HEAD", "/queues/A%2FB").route, &kTable[2]);
    EXPECT_THAT(look("GET", "/queues/A%2FB").arguments, ElementsAre("A/B"));
    EXPECT_EQ(look("DELETE", "/queues").route, nullptr);
    EXPECT_EQ(look("DELETE", "/queues").allowed, "GET, POST");
    EXPECT_EQ(look("GET", "/nowhere").allowed, "");
}

TEST(Target, numbers_are_whole) {
    EXPECT_EQ(parse_number("18446744073709551615"), UINT64_MAX);
    for (const char* wrong : {"", "-1", "+1", "1.0", "18446744073709551616", " 1", "1x"}) {
        EXPECT_FALSE(parse_number(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace tern::admin
