#include "engine/producer_history.h"

#include <gtest/gtest.h>

namespace tern::engine {
namespace {

TEST(ProducerHistory, remembers_the_highest_sequence) {
    ProducerHistory history;
    history.note({7, 3});
    history.note({7, 2});
    history.note({0, 9});
    EXPECT_EQ(history.last(7), 3U);
    EXPECT_EQ(history.last(8), 0U);
    EXPECT_EQ(history.size(), 1U);
}

TEST(ProducerHistory, forgets_whoever_was_silent_longest) {
    ProducerHistory history;
    for (std::uint64_t producer = 1; producer <= ProducerHistory::kProducersMax; ++producer) {
        history.note({producer, producer});
    }
    history.note({1, 100});
    history.note({ProducerHistory::kProducersMax + 1, 1});
    EXPECT_EQ(history.size(), ProducerHistory::kProducersMax);
    EXPECT_EQ(history.last(1), 100U);
    EXPECT_EQ(history.last(2), 0U);
}

}  // namespace
}  // namespace tern::engine
