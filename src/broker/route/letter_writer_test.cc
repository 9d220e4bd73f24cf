#include "broker/route/letter_writer.h"

#include <gtest/gtest.h>

namespace tern::broker {
namespace {

TEST(LetterWriterTest, a_letter_does_not_come_back_to_where_nobody_rejected_it) {
    const ExchangeLetter letter{
        .message = nullptr, .keys = {}, .deaths = {{"c", false}, {"b", true}, {"a", false}}};
    EXPECT_TRUE(goes_round(letter, "c"));
    EXPECT_FALSE(goes_round(letter, "b"));
    EXPECT_FALSE(goes_round(letter, "a"));
    EXPECT_FALSE(goes_round(letter, "new"));
}

}  // namespace
}  // namespace tern::broker
