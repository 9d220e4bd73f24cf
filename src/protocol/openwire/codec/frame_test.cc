#include "protocol/openwire/codec/frame.h"

#include "protocol/openwire/codec/errc.h"
#include "protocol/openwire/codec/negotiation.h"
#include "protocol/openwire/codec/testing.h"

#include <gtest/gtest.h>

namespace tern::openwire {
namespace {

using testing::from_hex;

TEST(FrameLength, IsKnownFromFourBytesOn) {
    EXPECT_EQ(frame_length({}, 100), 0);
    EXPECT_EQ(frame_length(from_hex("000000"), 100), 0);
    EXPECT_EQ(frame_length(from_hex("00000001"), 100), 5);
    EXPECT_EQ(frame_length(from_hex("00000064 01 02"), 100), 104);
}

TEST(FrameLength, RefusesSizesBeforeAnybodyMakesRoom) {
    const auto error_of = [](std::string_view hex) {
        const auto length = frame_length(from_hex(hex), 100);
        return length ? std::error_code{} : length.error();
    };
    EXPECT_EQ(error_of("00000000"), Errc::bad_frame_size);
    EXPECT_EQ(error_of("FFFFFFFF"), Errc::bad_frame_size);
    EXPECT_EQ(error_of("80000000"), Errc::bad_frame_size);
    EXPECT_EQ(error_of("00000065"), Errc::frame_too_large);
    EXPECT_EQ(error_of("7FFFFFFF"), Errc::frame_too_large);
}

TEST(Recognition, EightBytesDecide) {
    ByteWriter out;
    ASSERT_TRUE(encode_wire_format_info({}, out));
    for (std::size_t size = 0; size < out.size(); ++size) {
        EXPECT_EQ(recognise(out.bytes().first(size)),
                  size < 8 ? Recognition::unknown : Recognition::yes);
    }
    EXPECT_EQ(recognise(as_bytes("GET / HTTP/1.1")), Recognition::no);
    EXPECT_EQ(recognise(from_hex("0000005E 01 41 64")), Recognition::no);
}

}  // namespace
}  // namespace tern::openwire
