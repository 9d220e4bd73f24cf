#include "runtime/sealed/key_ring_format.h"

#include "bytes/byte_reader.h"
#include "bytes/byte_writer.h"
#include "bytes/crc32c.h"

namespace tern {
namespace {

constexpr std::string_view kMagic = "TERNKEYS";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kCrcBytes = 4;

std::string text(ByteReader& in, std::size_t bytes) {
    return std::string(as_text(in.take(bytes)));
}

}  // namespace

std::vector<std::uint8_t> encode(const StoredKeys& keys) {
    ByteWriter out(512);
    out.append(kMagic);
    out.u32(kVersion);
    out.u8(static_cast<std::uint8_t>(keys.state));
    out.u8(static_cast<std::uint8_t>(keys.provider.size()));
    out.append(keys.provider);
    for (const StoredKeys::Key& key : keys.keys) {
        out.u32(key.number);
        out.u16(static_cast<std::uint16_t>(key.wrapped.size()));
        out.append(key.wrapped);
    }
    out.u32(crc32c(out.bytes()));
    const Bytes bytes = out.bytes();
    return {bytes.begin(), bytes.end()};
}

std::expected<StoredKeys, std::string> decode_keys(Bytes bytes) {
    const std::unexpected<std::string> damaged("is damaged");
    if (bytes.size() < kMagic.size() + kCrcBytes || bytes.size() > kKeysBytesMax) return damaged;
    const Bytes checked = bytes.first(bytes.size() - kCrcBytes);
    ByteReader crc(bytes.last(kCrcBytes));
    if (crc.u32() != crc32c(checked)) return damaged;
    ByteReader in(checked);
    if (as_text(in.take(kMagic.size())) != kMagic) return damaged;
    if (in.u32() != kVersion) return std::unexpected("was written by another version");
    StoredKeys keys;
    const std::uint8_t state = in.u8();
    keys.state = static_cast<StoredKeys::State>(state);
    keys.provider = text(in, in.u8());
    while (!in.done() && !in.failed()) {
        const std::uint32_t number = in.u32();
        keys.keys.push_back({number, text(in, in.u16())});
    }
    const bool known = state <= static_cast<std::uint8_t>(StoredKeys::State::removing);
    if (in.failed() || !known || keys.keys.empty()) return damaged;
    return keys;
}

}  // namespace tern
