#include "engine/duplicate_ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::engine {
namespace {

using broker::Origin;
using testing::ElementsAre;

class DuplicateIdsTest : public testing::Test {
protected:
    bool claim(std::vector<Origin> ids) { return ids_.claim(ids); }

    DuplicateIds ids_;
};

TEST_F(DuplicateIdsTest, an_id_counts_once_for_an_address) {
    EXPECT_TRUE(claim({{1, 10}}));
    EXPECT_FALSE(claim({{1, 10}}));
    EXPECT_TRUE(claim({{2, 10}})) << "of another address";
    EXPECT_TRUE(claim({{1, 11}}));
}

TEST_F(DuplicateIdsTest, of_several_all_are_remembered_or_none) {
    EXPECT_TRUE(claim({{1, 10}, {1, 11}}));
    EXPECT_FALSE(claim({{1, 12}, {1, 11}}));
    EXPECT_TRUE(claim({{1, 12}}));
    EXPECT_FALSE(claim({{1, 13}, {1, 13}})) << "twice in one transaction";
    EXPECT_TRUE(claim({{1, 13}}));
}

TEST_F(DuplicateIdsTest, what_was_not_sent_may_be_sent) {
    EXPECT_TRUE(claim({{1, 10}, {1, 11}, {1, 12}}));
    ids_.forget(std::vector<Origin>{{1, 11}, {1, 99}, {9, 9}});
    EXPECT_THAT(ids_.all(), ElementsAre(Origin{1, 10}, Origin{1, 12}));
    EXPECT_TRUE(claim({{1, 11}}));
}

TEST_F(DuplicateIdsTest, the_last_ones_of_an_address_are_kept) {
    for (std::uint64_t id = 1; id <= DuplicateIds::kOfAddressMax + 1; ++id) {
        ASSERT_TRUE(claim({{1, id}}));
    }
    EXPECT_TRUE(claim({{1, 1}})) << "so long ago";
    EXPECT_FALSE(claim({{1, 3}}));
    EXPECT_EQ(ids_.all().size(), DuplicateIds::kOfAddressMax);
}

TEST_F(DuplicateIdsTest, addresses_used_last_are_kept) {
    constexpr std::uint64_t kEach = 10'000;
    for (std::uint64_t address = 1; address <= 11; ++address) {
        for (std::uint64_t id = 1; id <= kEach; ++id) ASSERT_TRUE(claim({{address, id}}));
    }
    EXPECT_EQ(ids_.all().size(), DuplicateIds::kAllMax);
    EXPECT_FALSE(claim({{11, 1}}));
    EXPECT_FALSE(claim({{2, 1}}));
    EXPECT_TRUE(claim({{1, 1}}));
}

}  // namespace
}  // namespace tern::engine
