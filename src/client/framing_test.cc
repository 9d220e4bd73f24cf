#include "client/frame_buffer.h"
#include "client/handshake.h"
#include "protocol/openwire/codec/errc.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tern::client {
namespace {

class FrameBufferTest : public ::testing::Test {
protected:
    static Blob frame(std::size_t size, std::uint8_t fill) {
        Blob bytes(4 + size, fill);
        store_big_endian(bytes.data(), static_cast<std::uint32_t>(size));
        return bytes;
    }
    /// As a socket would, `step` bytes at a time; returns the sizes and fills of the frames.
    std::vector<std::pair<std::size_t, std::uint8_t>> feed(Bytes bytes, std::size_t step) {
        std::vector<std::pair<std::size_t, std::uint8_t>> frames;
        while (!bytes.empty()) {
            const auto space = buffer.prepare();
            const std::size_t count = std::min({step, bytes.size(), space.size()});
            std::ranges::copy(bytes.first(count), space.begin());
            buffer.commit(count);
            bytes = bytes.subspan(count);
            for (auto next = buffer.next(); next && !next->empty(); next = buffer.next()) {
                EXPECT_TRUE(std::ranges::all_of(*next, [&](auto b) { return b == (*next)[0]; }));
                frames.emplace_back(next->size(), (*next)[0]);
            }
        }
        return frames;
    }

    FrameBuffer buffer;
};

TEST_F(FrameBufferTest, PutsFramesTogether) {
    Blob stream;
    std::vector<std::pair<std::size_t, std::uint8_t>> expected;
    for (const std::size_t size : {1, 2, 1000, 200'000, 3, 70'000, 1}) {
        const auto fill = static_cast<std::uint8_t>(expected.size() + 1);
        const Blob one = frame(size, fill);
        stream.insert(stream.end(), one.begin(), one.end());
        expected.emplace_back(size, fill);
    }
    for (const std::size_t step : {1, 7, 4096, 1'000'000}) EXPECT_EQ(feed(stream, step), expected);
}

TEST_F(FrameBufferTest, RefusesSizesBeforeTheirBytes) {
    buffer.set_frame_bytes_max(100);
    const Blob large = frame(101, 0);
    std::ranges::copy(Bytes(large).first(4), buffer.prepare().begin());
    buffer.commit(4);
    EXPECT_EQ(buffer.next().error(), openwire::Errc::frame_too_large);
}

TEST(HandshakeTest, SaysWhatThePeerIsNot) {
    EXPECT_TRUE(recognise(as_bytes(std::string_view("\0\0\0\x10", 4))));
    const auto http = recognise(as_bytes("HTTP/1.1 400 Bad Request"));
    ASSERT_FALSE(http);
    EXPECT_EQ(http.error(), Errc::protocol_error);
}

TEST(HandshakeTest, BothSidesConcludeTheSame) {
    const auto ours = wire_format_properties({}, "host");
    auto theirs = ours;
    theirs.version = 9;
    theirs.tight_encoding_enabled = false;
    ByteWriter hello;
    ASSERT_TRUE(openwire::encode_wire_format_info(theirs, hello));
    const auto agreed = conclude(ours, hello.bytes().subspan(4));
    ASSERT_TRUE(agreed);
    EXPECT_EQ(agreed->format.version, 9);
    EXPECT_FALSE(agreed->format.tight);
    EXPECT_FALSE(agreed->format.cache);
    EXPECT_EQ(agreed->read_check_period, std::chrono::seconds(30));
    EXPECT_EQ(conclude(ours, hello.bytes().subspan(5)).error(), Errc::protocol_error);
}

}  // namespace
}  // namespace tern::client
