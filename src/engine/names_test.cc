#include "engine/names.h"

#include <gtest/gtest.h>

namespace tern::engine {
namespace {

using broker::Destination;
using broker::Domain;

std::string known(const Names& names, const Destination& named) {
    return broker::to_text(names.translate(named.view()).value_or(named).view());
}

TEST(Names, a_separator_stands_for_the_dot) {
    const Names names{.separator = "/"};
    EXPECT_EQ(known(names, {Domain::queue, false, "a/b.c/d"}), "queue://a.b.c.d");
    EXPECT_EQ(known(names, {Domain::topic, false, "a/>"}), "topic://a.>");
    EXPECT_EQ(known(names, {Domain::queue, true, "ID:a/1"}), "temp-queue://ID:a/1");
    EXPECT_EQ(known(names, {Domain::queue, false, "$mqtt/x"}), "queue://$mqtt/x");
    EXPECT_FALSE(names.translate({Domain::queue, false, "a.b"}));
    EXPECT_EQ(known({.separator = "::"}, {Domain::queue, false, "a::b"}), "queue://a.b");
}

TEST(Names, a_dot_may_be_the_separator) {
    EXPECT_FALSE(Names{.separator = "."}.translate({Domain::queue, false, "a.b"}));
}

TEST(Names, a_qualified_name_is_a_queues) {
    const Names names{.qualified = true};
    EXPECT_EQ(known(names, {Domain::topic, false, "A::Q"}), "queue://A::Q");
    EXPECT_EQ(known(names, {Domain::topic, false, "A"}), "topic://A");
    EXPECT_EQ(known({}, {Domain::topic, false, "A::Q"}), "topic://A::Q");
}

TEST(Names, patterns_may_be_written_as_in_artemis) {
    const Names artemis{.wildcards = Wildcards{}};
    EXPECT_EQ(known(artemis, {Domain::topic, false, "a.#"}), "topic://a.>");
    EXPECT_EQ(known(artemis, {Domain::topic, false, "#"}), "topic://>");
    EXPECT_EQ(known(artemis, {Domain::queue, false, "a.*.c"}), "queue://a.*.c");
    EXPECT_EQ(known(artemis, {Domain::queue, false, "a#"}), "queue://a#");
    EXPECT_EQ(known(artemis, {Domain::queue, false, "$mqtt/#"}), "queue://$mqtt/#");
    EXPECT_FALSE(artemis.translate({Domain::queue, false, "a.b"}));
    const Names others{.wildcards =
                           Wildcards{.delimiter = "/", .any_words = "**", .single_word = "+"}};
    EXPECT_EQ(known(others, {Domain::topic, false, "a/+/**"}), "topic://a.*.>");
    EXPECT_EQ(known(others, {Domain::topic, false, "a.b"}), "topic://a.b");
}

}  // namespace
}  // namespace tern::engine
