#include "bytes/buffer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <tuple>
#include <vector>

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

TEST(MutableBuffer, gives_away_a_slice_with_the_whole) {
    MutableBuffer block(4);
    std::memcpy(block.data(), "tern", 4);
    const Bytes part(block.data() + 1, 2);
    Buffer slice;
    {
        Buffer whole;
        std::tie(whole, slice) = std::move(block).freeze(4, part);
        EXPECT_EQ(as_text(whole.bytes()), "tern");
    }
    EXPECT_EQ(as_text(slice.bytes()), "er");
    EXPECT_EQ(slice.pinned(), 4U);
}

TEST(BufferDeathTest, a_slice_outside_is_a_bug) {
    const Buffer whole = Buffer::copy_of(as_bytes("abc"));
    EXPECT_DEATH(std::ignore = whole.slice(2, 2), "assertion failed");
}

TEST(Block, memory_comes_back_for_the_next_of_its_size) {
    for (const std::size_t size :
         {std::size_t{100}, std::size_t{1100}, std::size_t{20'000}, std::size_t{100'000}}) {
        std::vector<MutableBuffer> many;
        for (int round = 0; round < 3; ++round) {
            for (std::size_t i = 0; i < 500; ++i) {
                many.emplace_back(size);
                ASSERT_EQ(many.back().capacity(), size);
                std::memset(many.back().data(), static_cast<int>(i), size);
            }
            for (std::size_t i = 0; i < many.size(); ++i) {
                ASSERT_EQ(many[i].data()[0], static_cast<std::uint8_t>(i));
                ASSERT_EQ(many[i].data()[size - 1], static_cast<std::uint8_t>(i));
            }
            many.clear();
        }
    }
}

TEST(Block, is_freed_by_a_thread_that_ends) {
    MutableBuffer buffer(2000);
    std::thread([&buffer] { buffer = MutableBuffer(); }).join();
    EXPECT_FALSE(buffer);
}

}  // namespace
}  // namespace tern
