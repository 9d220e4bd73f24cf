#include "bytes/buffer.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(Buffer, slices_share_and_outlive_the_whole) {
    Buffer slice;
    {
        const Buffer whole = Buffer::copy_of(as_bytes("persistent"));
        slice = whole.slice(3, 4);
        EXPECT_EQ(slice.data(), whole.data() + 3);
        EXPECT_EQ(as_text(whole.slice_of(whole.bytes().last(3)).bytes()), "ent");
    }
    EXPECT_EQ(as_text(slice.bytes()), "sist");
    EXPECT_EQ(slice.pinned(), 10U);
}

TEST(Buffer, an_empty_slice_pins_nothing) {
    const Buffer whole = Buffer::copy_of(as_bytes("x"));
    EXPECT_EQ(whole.slice(1, 0).pinned(), 0U);
    EXPECT_TRUE(Buffer::copy_of({}).empty());
}

TEST(MutableBuffer, freezes_what_was_filled) {
    MutableBuffer block(16);
    block.data()[0] = 'a';
    const Buffer frozen = std::move(block).freeze(1);
    EXPECT_EQ(as_text(frozen.bytes()), "a");
}

TEST(BufferDeathTest, a_slice_outside_is_a_bug) {
    const Buffer whole = Buffer::copy_of(as_bytes("abc"));
    EXPECT_DEATH(std::ignore = whole.slice(2, 2), "assertion failed");
}

}  // namespace
}  // namespace tern
