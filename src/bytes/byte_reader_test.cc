#include "bytes/byte_reader.h"

#include "bytes/byte_writer.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(ByteReader, reads_what_the_writer_wrote) {
    ByteWriter out;
    out.u8(0xAB);
    out.u16(0x1234);
    out.i32(-2);
    out.u64(0x0102030405060708);
    out.append("tail");
    out.patch_u32(3, 7);

    ByteReader in(out.bytes());
    EXPECT_EQ(in.u8(), 0xAB);
    EXPECT_EQ(in.u16(), 0x1234);
    EXPECT_EQ(in.i32(), 7);
    EXPECT_EQ(in.u64(), 0x0102030405060708U);
    EXPECT_EQ(as_text(in.take(4)), "tail");
    EXPECT_TRUE(in.done());
}

TEST(ByteReader, fails_for_good) {
    ByteWriter out;
    out.u16(1);
    ByteReader in(out.bytes());
    EXPECT_EQ(in.u32(), 0U);
    EXPECT_TRUE(in.failed());
    EXPECT_EQ(in.u8(), 0) << "even what would have fitted";
    EXPECT_FALSE(in.done());
}

TEST(ByteWriter, grows_and_gives_its_content_away) {
    ByteWriter out;
    for (int i = 0; i < 1000; ++i) out.u32(static_cast<std::uint32_t>(i));
    const Buffer content = out.freeze();
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(content.size(), 4000U);
    EXPECT_EQ(load_big_endian<std::uint32_t>(content.data() + 3996), 999U);
}

}  // namespace
}  // namespace tern
