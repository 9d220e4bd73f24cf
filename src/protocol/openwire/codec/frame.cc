#include "protocol/openwire/codec/frame.h"

#include "bytes/byte_reader.h"
#include "protocol/openwire/codec/connection_commands.h"
#include "protocol/openwire/codec/errc.h"

#include <algorithm>
#include <utility>

namespace tern::openwire {

Result<std::size_t> frame_length(Bytes received, std::int64_t frame_bytes_max) {
    if (received.size() < kSizePrefixBytes) return 0;
    const auto size = load_big_endian<std::int32_t>(received.data());
    if (size <= 0) return failure(Errc::bad_frame_size);
    if (size > frame_bytes_max) return failure(Errc::frame_too_large);
    return kSizePrefixBytes + static_cast<std::size_t>(size);
}

Recognition recognise(Bytes first) {
    if (first.size() <= kSizePrefixBytes) return Recognition::unknown;
    const Bytes type_and_magic = first.subspan(kSizePrefixBytes);
    if (type_and_magic[0] != static_cast<std::uint8_t>(DataType::wire_format_info)) {
        return Recognition::no;
    }
    // The type and three letters are enough to tell, however much more there is.
    constexpr std::size_t kLetters = 3;
    const std::size_t count = std::min(type_and_magic.size() - 1, kLetters);
    if (!std::equal(kMagic.begin(), kMagic.begin() + count, type_and_magic.begin() + 1)) {
        return Recognition::no;
    }
    return count == kLetters ? Recognition::yes : Recognition::unknown;
}

}  // namespace tern::openwire
