#include "protocol/openwire/branch_name.h"

#include <gtest/gtest.h>

namespace tern::openwire {
namespace {

XaTransactionId id_of(std::int32_t format, std::string_view global, std::string_view branch) {
    return {.format_id = format,
            .global_transaction_id = as_bytes(global),
            .branch_qualifier = as_bytes(branch)};
}

TEST(BranchName, reads_back_as_the_id_it_was_made_of) {
    const std::string long_one(64, 'x');
    for (const XaTransactionId& id :
         {id_of(0, "", ""), id_of(-1, "g", ""), id_of(7, "", "b"), id_of(INT32_MIN, "a\0b", "c"),
          id_of(INT32_MAX, long_one, long_one)}) {
        const auto name = branch_name(id);
        ASSERT_TRUE(name);
        const auto read = parse_branch_name(*name);
        ASSERT_TRUE(read);
        EXPECT_EQ(read->format_id, id.format_id);
        EXPECT_EQ(as_text(read->global_transaction_id.view()),
                  as_text(id.global_transaction_id.view()));
        EXPECT_EQ(as_text(read->branch_qualifier.view()), as_text(id.branch_qualifier.view()));
    }
}

TEST(BranchName, tells_ids_apart_whose_bytes_are_divided_differently) {
    EXPECT_NE(branch_name(id_of(1, "ab", "c")), branch_name(id_of(1, "a", "bc")));
    EXPECT_NE(branch_name(id_of(1, "a", "b")), branch_name(id_of(2, "a", "b")));
}

TEST(BranchName, has_no_name_for_ids_that_are_too_long) {
    const std::string too_long(65, 'x');
    EXPECT_FALSE(branch_name(id_of(1, too_long, "b")));
    EXPECT_FALSE(branch_name(id_of(1, "g", too_long)));
}

TEST(BranchName, other_names_are_no_ids) {
    for (const std::string& name : {std::string(), std::string("\0\0\0", 3), std::string("abcd"),
                                    std::string("\0\0\0\1\5ab", 7), std::string(80, '\101')}) {
        EXPECT_FALSE(parse_branch_name(name)) << testing::PrintToString(name);
    }
}

}  // namespace
}  // namespace tern::openwire
