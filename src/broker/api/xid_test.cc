#include "broker/api/xid.h"

#include <gtest/gtest.h>

namespace tern::broker {
namespace {

TEST(XidTest, reads_back_what_it_wrote_for_people) {
    const std::string long_one(64, 'x');
    for (const Xid& xid : {Xid{7, as_bytes(std::string_view("\x01\xAB")), as_bytes("b")},
                           Xid{-1, {}, {}}, Xid{0, as_bytes(long_one), as_bytes(long_one)}}) {
        const std::string name = branch_name(xid).value();
        EXPECT_EQ(parse_branch_text(branch_text(name)), name);
    }
    EXPECT_EQ(branch_text(*branch_name({7, as_bytes("g"), as_bytes("b")})),
              "XID:[7,globalId=67,branchId=62]");
}

TEST(XidTest, writes_other_names_in_hexadecimal) {
    EXPECT_EQ(branch_text("x"), "78");
    EXPECT_EQ(parse_branch_text("78"), "x");
}

TEST(XidTest, reads_nothing_else) {
    for (const std::string_view text :
         {"7", "zz", "XID:[7,globalId=67,branchId=62", "XID:[7,globalId=6,branchId=62]",
          "XID:[x,globalId=67,branchId=62]", "XID:[7,branchId=62]",
          "XID:[7,globalId=67,branchId=62]x"}) {
        EXPECT_FALSE(parse_branch_text(text)) << text;
    }
    EXPECT_FALSE(parse_branch_text("XID:[7,globalId=" + std::string(130, '0') + ",branchId=]"));
}

}  // namespace
}  // namespace tern::broker
