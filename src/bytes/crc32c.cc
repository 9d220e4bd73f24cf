#include "bytes/crc32c.h"

#include <array>
#include <cstring>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace tern {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
        table[i] = crc;
    }
    return table;
}

constexpr auto kTable = make_table();

#if defined(__SSE4_2__)
constexpr bool kHardware = true;
std::uint64_t step8(std::uint64_t crc, std::uint64_t word) {
    return _mm_crc32_u64(crc, word);
}
std::uint32_t step1(std::uint32_t crc, std::uint8_t byte) {
    return _mm_crc32_u8(crc, byte);
}
#elif defined(__ARM_FEATURE_CRC32)
constexpr bool kHardware = true;
std::uint64_t step8(std::uint64_t crc, std::uint64_t word) {
    return __crc32cd(static_cast<std::uint32_t>(crc), word);
}
std::uint32_t step1(std::uint32_t crc, std::uint8_t byte) {
    return __crc32cb(crc, byte);
}
#else
constexpr bool kHardware = false;
std::uint64_t step8(std::uint64_t crc, std::uint64_t) {
    return crc;
}
std::uint32_t step1(std::uint32_t crc, std::uint8_t) {
    return crc;
}
#endif

}  // namespace

std::uint32_t crc32c_portable(Bytes bytes, std::uint32_t crc) {
    crc = ~crc;
    for (const std::uint8_t byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ byte) & 0xFF];
    return ~crc;
}

std::uint32_t crc32c(Bytes bytes, std::uint32_t crc) {
    if constexpr (!kHardware) return crc32c_portable(bytes, crc);
    std::uint64_t state = static_cast<std::uint32_t>(~crc);
    const std::uint8_t* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t)) {
        std::uint64_t word;
        std::memcpy(&word, at, sizeof word);
        state = step8(state, word);
        at += sizeof word;
    }
    auto tail = static_cast<std::uint32_t>(state);
    for (; left > 0; --left) tail = step1(tail, *at++);
    return ~tail;
}

}  // namespace tern
