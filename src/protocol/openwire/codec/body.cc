#include "protocol/openwire/codec/body.h"

#include "protocol/openwire/codec/errc.h"

#include <limits>

namespace tern::openwire {

Result<void> encode_text_body(std::string_view text, ByteWriter& out) {
    if (std::cmp_greater(text.size(), std::numeric_limits<std::int32_t>::max())) {
        return failure(Errc::too_long);
    }
    out.u32(static_cast<std::uint32_t>(text.size()));
    out.append(text);
    return {};
}

Result<Text> decode_text_body(const ByteArray& content) {
    constexpr std::int32_t kNullText = -1;
    if (content.is_null()) return Text();
    ByteReader in(content.view());
    const std::int32_t size = in.i32();
    if (size == kNullText && in.done()) return Text();
    // A negative length is more than there can be.
    const Text text = as_text(in.take(static_cast<std::uint32_t>(size)));
    if (in.failed()) return failure(Errc::truncated);
    if (!in.done()) return failure(Errc::trailing_bytes);
    return text;
}

Result<void> encode_map_body(const PrimitiveMap& map, ByteWriter& out) {
    return encode_map(map, out);
}

Result<PrimitiveMap> decode_map_body(const ByteArray& content, const PrimitiveLimits& limits) {
    if (content.is_null()) return PrimitiveMap{};
    return decode_map(content.view(), limits);
}

Result<void> encode_stream_body(const PrimitiveList& values, ByteWriter& out) {
    const std::size_t start = out.size();
    for (const PrimitiveValue& value : values.values) {
        const auto done = encode_value(value, out);
        if (done) continue;
        out.truncate(start);
        return failure(done.error());
    }
    return {};
}

Result<PrimitiveList> decode_stream_body(const ByteArray& content, const PrimitiveLimits& limits) {
    return decode_stream(content.view(), limits);
}

}  // namespace tern::openwire
