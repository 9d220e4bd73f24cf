#include "bytes/crc32c.h"

#include <gtest/gtest.h>

#include <vector>

namespace tern {
namespace {

TEST(Crc32c, known_answers) {
    // RFC 3720, B.4.
    EXPECT_EQ(crc32c(std::vector<std::uint8_t>(32, 0)), 0x8A9136AAU);
    EXPECT_EQ(crc32c(std::vector<std::uint8_t>(32, 0xFF)), 0x62A8AB43U);
    EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283U);
}

TEST(Crc32c, instruction_and_table_agree_at_every_length_and_cut) {
    std::vector<std::uint8_t> data(257);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 31);
    for (std::size_t size = 0; size <= data.size(); ++size) {
        const Bytes bytes(data.data(), size);
        EXPECT_EQ(crc32c(bytes), crc32c_portable(bytes));
        EXPECT_EQ(crc32c(bytes.subspan(size / 3), crc32c(bytes.first(size / 3))), crc32c(bytes));
    }
}

}  // namespace
}  // namespace tern
