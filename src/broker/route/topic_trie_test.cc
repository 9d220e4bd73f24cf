#include "broker/route/topic_trie.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tern::broker {
namespace {

using Values = std::vector<std::uint32_t>;

Values matching(const TopicTrie& trie, std::string_view key) {
    Values values;
    trie.match(key, values);
    std::ranges::sort(values);
    const auto rest = std::ranges::unique(values);
    values.erase(rest.begin(), rest.end());
    return values;
}

TEST(TopicTrie, MatchesAsRabbitMQDoes) {
    // The patterns and keys of RabbitMQ's own test of its topic exchange.
    const std::vector<std::string> patterns{
        "a.b.c",         "a.*.c", "a.#.b", "a.b.b.c", "#",     "#.#", "*",    "#.a", "a.*.*",
        "*.*",           "*.#",   "#.b",   "b.b.c",   "a.b.b", "a.b", "b.c",  "",    "*.*.*",
        "vodka.martini", "*.#.a", "#.*.#", "*.#.#",   "#.#.#", "#.*", "#.#.*"};
    TopicTrie trie;
    for (std::uint32_t i = 0; i < patterns.size(); ++i) trie.add(patterns[i], i + 1);
    EXPECT_EQ(matching(trie, "a.b.c"), (Values{1, 2, 5, 6, 9, 11, 18, 21, 22, 23, 24, 25}));
    EXPECT_EQ(matching(trie, "a.b"), (Values{3, 5, 6, 10, 11, 12, 15, 21, 22, 23, 24, 25}));
    EXPECT_EQ(matching(trie, ""), (Values{5, 6, 17, 23}));
    EXPECT_EQ(matching(trie, "vodka"), (Values{5, 6, 7, 11, 21, 22, 23, 24, 25}));
    EXPECT_EQ(matching(trie, "a"), (Values{5, 6, 7, 8, 11, 21, 22, 23, 24, 25}));
}

TEST(TopicTrie, EmptyWordsCount) {
    TopicTrie trie;
    trie.add("a..b", 1);
    trie.add("a.*.b", 2);
    EXPECT_EQ(matching(trie, "a..b"), (Values{1, 2}));
    EXPECT_EQ(matching(trie, "a.b"), Values{});
}

TEST(TopicTrie, RemovedPatternsLeaveNothing) {
    TopicTrie trie;
    const std::vector<std::string> patterns{"a.b", "a.*", "a.#", "#.#.x", "", "*.#.c"};
    for (std::uint32_t i = 0; i < patterns.size(); ++i) trie.add(patterns[i], i);
    for (std::uint32_t i = 0; i < patterns.size(); ++i) trie.remove(patterns[i], i);
    EXPECT_TRUE(trie.empty());
    EXPECT_EQ(matching(trie, "a.b"), Values{});
}

TEST(TopicTrie, ManyWildcardsAndManyWordsStayCheap) {
    TopicTrie trie;
    std::string pattern = "#";
    for (int i = 0; i < 40; ++i) pattern += ".a.#";
    trie.add(pattern + ".z", 1);
    std::string key = "a";
    for (int i = 0; i < 120; ++i) key += ".a";
    EXPECT_EQ(matching(trie, key), Values{});  // would not end if it tried every split
    EXPECT_EQ(matching(trie, key + ".z"), Values{1});
}

TEST(TopicTrie, HoldsManyPatterns) {
    TopicTrie trie;
    constexpr std::uint32_t kCount = 100'000;
    for (std::uint32_t i = 0; i < kCount; ++i) trie.add("k." + std::to_string(i), i);
    EXPECT_EQ(matching(trie, "k.77777"), Values{77777});
}

}  // namespace
}  // namespace tern::broker
