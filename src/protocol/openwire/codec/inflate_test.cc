#include "protocol/openwire/codec/inflate.h"

#include <gtest/gtest.h>

#include <string>
#include <zlib.h>

namespace tern::openwire {
namespace {

std::vector<std::uint8_t> deflated(std::string_view text) {
    uLongf size = compressBound(text.size());
    std::vector<std::uint8_t> out(size);
    EXPECT_EQ(compress(out.data(), &size, as_bytes(text).data(), text.size()), Z_OK);
    out.resize(size);
    return out;
}

TEST(Inflate, Unpacks) {
    const auto packed = deflated("something");
    const auto out = inflate(DataType::text_message, Bytes(packed));
    ASSERT_TRUE(out);
    EXPECT_EQ(as_text(*out), "something");
}

TEST(Inflate, StopsAtTheEndOfTheInput) {
    const auto packed = deflated("something");
    for (std::size_t size = 0; size < packed.size(); ++size) {
        EXPECT_EQ(inflate(DataType::text_message, Bytes(packed).first(size)), std::nullopt);
    }
    EXPECT_EQ(inflate(DataType::bytes_message, Bytes(packed).first(3)), std::nullopt);
}

TEST(Inflate, StopsAtTheBound) {
    const std::string zeros(1'000'000, '0');
    const auto packed = deflated(zeros);
    EXPECT_EQ(inflate(DataType::text_message, Bytes(packed), zeros.size() - 1), std::nullopt);
    EXPECT_TRUE(inflate(DataType::text_message, Bytes(packed), zeros.size() + 1));
}

}  // namespace
}  // namespace tern::openwire
