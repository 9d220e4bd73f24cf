#include "admin/rabbitmq/lists.h"

#include <gtest/gtest.h>

namespace tern::admin::rabbitmq {
namespace {

json::array three() {
    return {{{"name", "Beta"}, {"messages", 3}, {"stats", {{"publish", 1}, {"ack", 2}}}},
            {{"name", "alpha"}, {"messages", 10}},
            {{"name", "gamma"}, {"messages", 7}}};
}

/// The answer to a query, as text.
std::string answer(std::string_view query) {
    const auto target = parse_target("/api/queues?" + std::string(query));
    const auto page = page_of(three(), *target);
    return page ? json::serialize(*page) : page.error().error + ": " + page.error().reason;
}

TEST(ListsTest, without_a_page_it_is_a_list) {
    EXPECT_EQ(answer("columns=name"), R"([{"name":"Beta"},{"name":"alpha"},{"name":"gamma"}])");
    EXPECT_EQ(answer("columns=name,stats.ack"),
              R"([{"name":"Beta","stats":{"ack":2}},{"name":"alpha"},{"name":"gamma"}])");
}

TEST(ListsTest, it_is_sorted_by_any_member) {
    EXPECT_EQ(answer("columns=messages&sort=messages"),
              R"([{"messages":3},{"messages":7},{"messages":10}])");
    EXPECT_EQ(answer("columns=messages&sort=messages&sort_reverse=true"),
              R"([{"messages":10},{"messages":7},{"messages":3}])");
}

TEST(ListsTest, a_page_says_how_many_there_are) {
    EXPECT_EQ(answer("page=2&page_size=2&columns=name"),
              R"({"filtered_count":3,"item_count":1,"items":[{"name":"gamma"}],"page":2,)"
              R"("page_count":2,"page_size":2,"total_count":3})");
    EXPECT_EQ(answer("page=1&name=ALPH&columns=name"),
              R"({"filtered_count":1,"item_count":1,"items":[{"name":"alpha"}],"page":1,)"
              R"("page_count":1,"page_size":100,"total_count":3})");
    EXPECT_EQ(answer("page=1&name=%5Eg&use_regex=true&columns=name"),
              R"({"filtered_count":1,"item_count":1,"items":[{"name":"gamma"}],"page":1,)"
              R"("page_count":1,"page_size":100,"total_count":3})");
}

TEST(ListsTest, no_page_is_refused) {
    EXPECT_EQ(answer("page=x"), "bad_request: Pagination parameters are invalid");
    EXPECT_EQ(answer("page=1&page_size=501"), "bad_request: Pagination parameters are invalid");
    EXPECT_EQ(answer("page=1&name=*&use_regex=true"),
              "bad_request: Pagination parameters are invalid");
    EXPECT_EQ(answer("page=9&page_size=2"),
              "page_out_of_range: Page out of range, page: 9 page size: 2, len: 3");
}

TEST(ListsTest, texts_may_stand_for_other_values) {
    const json::object body{{"a", "true"}, {"b", true}, {"c", "5"}, {"d", 6}, {"e", "6x"}};
    EXPECT_TRUE(flag_of(body, "a", false));
    EXPECT_TRUE(flag_of(body, "b", false));
    EXPECT_FALSE(flag_of(body, "c", true));
    EXPECT_TRUE(flag_of(body, "none", true));
    EXPECT_EQ(number_of(body.at("c")), 5);
    EXPECT_EQ(number_of(body.at("d")), 6);
    EXPECT_EQ(number_of(body.at("e")), std::nullopt);
    EXPECT_EQ(json::serialize(names_of("a, b,,c ")), R"(["a","b","c"])");
    EXPECT_EQ(json::serialize(names_of(json::array{"a", 1})), R"(["a"])");
}

TEST(ListsTest, names_in_braces_are_counted) {
    EXPECT_EQ(argument_of("/api/queues/{vhost}/{queue}", "{vhost}"), 0U);
    EXPECT_EQ(argument_of("/api/parameters/{component}/{vhost}", "{vhost}"), 1U);
    EXPECT_EQ(argument_of("/api/queues", "{vhost}"), std::nullopt);
}

}  // namespace
}  // namespace tern::admin::rabbitmq
