#include "admin/rabbitmq/rates.h"

#include <gtest/gtest.h>

namespace tern::admin::rabbitmq {
namespace {

TEST(RatesTest, it_is_of_the_time_between_two_questions) {
    Rates rates;
    EXPECT_EQ(rates.rate("a", 100, 1000), 0);
    EXPECT_EQ(rates.rate("a", 300, 3000), 100);
    // Too soon for another.
    EXPECT_EQ(rates.rate("a", 1000, 3500), 100);
    EXPECT_EQ(rates.rate("a", 1000, 5000), 350);
    EXPECT_EQ(rates.rate("b", 7, 5000), 0);
}

TEST(RatesTest, what_begins_anew_has_none) {
    Rates rates;
    EXPECT_EQ(rates.rate("a", 100, 1000), 0);
    EXPECT_EQ(rates.rate("a", 5, 3000), 0);
}

TEST(RatesTest, what_nobody_asks_for_is_forgotten) {
    Rates rates;
    EXPECT_EQ(rates.rate("a", 100, 1000), 0);
    EXPECT_EQ(rates.rate("a", 900, 1000 + 2 * Rates::kForgetMs), 0);
}

TEST(RatesTest, a_number_stands_beside_its_rate) {
    Rates rates;
    json::object object;
    rates.add(object, "publish", "q", 3, 1000);
    EXPECT_EQ(json::serialize(object), R"({"publish":3,"publish_details":{"rate":0E0}})");
}

}  // namespace
}  // namespace tern::admin::rabbitmq
