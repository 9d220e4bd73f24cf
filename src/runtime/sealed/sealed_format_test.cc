#include "runtime/sealed/sealed_format.h"

#include "runtime/sealed/key_ring_format.h"
#include "runtime/sealed/sealed_fixture.h"

namespace tern {
namespace {

std::string hex(Bytes bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        text += kDigits.at(byte >> 4);
        text += kDigits.at(byte & 15);
    }
    return text;
}

SealedHeader header() {
    SealedHeader header{.key = 3, .id = {}, .epoch = 5};
    for (std::size_t i = 0; i < header.id.size(); ++i)
        header.id.at(i) = static_cast<std::uint8_t>(i);
    return header;
}

std::vector<std::uint8_t> places(const SealedHeader& first, const SealedHeader& second) {
    std::vector<std::uint8_t> bytes(kSealedHeaderBytes);
    std::ranges::copy(encode(first), bytes.begin());
    std::ranges::copy(encode(second), bytes.begin() + kSealedHeaderPlaceBytes);
    return bytes;
}

TEST(SealedFormatTest, a_header_has_these_bytes) {
    EXPECT_EQ(hex(encode(header())),
              "5445524e5345414c"
              "00000001"
              "00000003"
              "000102030405060708090a0b0c0d0e0f"
              "00000005"
              "00000000"
              "99504ce5");
}

TEST(SealedFormatTest, the_newer_place_of_a_header_counts) {
    SealedHeader newer = header();
    newer.epoch = 6;
    EXPECT_EQ(decode_sealed_header(places(header(), newer)), newer);
    EXPECT_EQ(decode_sealed_header(places(newer, header())), newer);
    auto torn = places(newer, header());
    torn.at(40) ^= 1;
    EXPECT_EQ(decode_sealed_header(torn), newer) << "what is torn may have had the next epoch";
    auto first = header();
    first.epoch = 1;
    auto begun = places(first, first);
    begun.at(kSealedHeaderPlaceBytes + 40) ^= 1;
    EXPECT_EQ(decode_sealed_header(begun), first) << "before the second place has the second one";
    torn.at(kSealedHeaderPlaceBytes) ^= 1;
    EXPECT_EQ(decode_sealed_header(torn).error(), std::errc::bad_message);
    EXPECT_EQ(decode_sealed_header({}).error(), std::errc::bad_message);
}

TEST(SealedFormatTest, a_header_of_another_version_is_refused) {
    auto bytes = places(header(), header());
    bytes.at(11) = 2;
    store_big_endian(bytes.data() + 40, crc32c(Bytes(bytes).first(40)));
    EXPECT_EQ(decode_sealed_header(bytes).error(), std::errc::not_supported);
}

TEST(SealedFormatTest, a_slot_has_these_bytes) {
    PageCipher cipher(key(1));
    std::vector<std::uint8_t> page(kPageBytes);
    std::ranges::copy(as_bytes("golden"), page.begin());
    std::vector<std::uint8_t> slot(kSlotBytes);
    seal(cipher,
         {.salt = 0x1112131415161718,
          .version = 0x0000000500000007,
          .page = 9,
          .length = 6,
          .tag = {}},
         page.data(), slot.data());
    EXPECT_EQ(hex(Bytes(slot).first(56)),
              "1112131415161718"
              "0000000500000007"
              "00000009"
              "00000006"
              "8ca0aa31ec38a5bad70ed86d988a3cdd"
              "9dbc2d44b88c7d5d26ae1a6fcd5949d8");
    std::vector<std::uint8_t> opened(kPageBytes);
    ASSERT_TRUE(open(cipher, decode_slot_head(slot.data()), slot.data(), opened.data()));
    EXPECT_EQ(opened, page);
    for (std::size_t at = 0; at < kSlotBytes; at += at < 64 ? 1 : 97) {
        slot.at(at) ^= 1;
        EXPECT_FALSE(open(cipher, decode_slot_head(slot.data()), slot.data(), opened.data())) << at;
        slot.at(at) ^= 1;
    }
}

TEST(SealedFormatTest, a_ring_of_keys_has_these_bytes) {
    const StoredKeys keys{.state = StoredKeys::State::changing,
                          .provider = "key 1",
                          .keys = {{1, "one"}, {2, "two"}}};
    EXPECT_EQ(hex(encode(keys)),
              "5445524e4b455953"
              "00000001"
              "01"
              "05"
              "6b65792031"
              "00000001"
              "0003"
              "6f6e65"
              "00000002"
              "0003"
              "74776f"
              "897f6756");
    EXPECT_EQ(decode_keys(encode(keys)), keys);
}

}  // namespace
}  // namespace tern
