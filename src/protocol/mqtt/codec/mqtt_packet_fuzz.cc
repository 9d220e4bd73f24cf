#include "base/assert.h"
#include "protocol/mqtt/codec/decoder.h"
#include "protocol/mqtt/codec/encoder.h"

namespace tern::mqtt {
namespace {

// The first byte chooses the version, the rest is a stream of packets. Whatever decodes encodes to
// what decodes to the same.
void run(Bytes input) {
    if (input.empty()) return;
    constexpr Version kVersions[] = {Version::v3_1, Version::v3_1_1, Version::v5};
    const Version version = kVersions[input[0] % 3];
    input = input.subspan(1);
    for (;;) {
        const auto frame = next_frame(input, 1 << 20);
        if (!frame || frame->bytes == 0 || frame->bytes > input.size()) return;
        const Bytes body = input.first(frame->bytes).subspan(frame->header_bytes);
        const auto packet = decode(frame->first, body, version);
        input = input.subspan(frame->bytes);
        const auto plain = decode_plain_ack(frame->first, body);
        if (!packet) {
            TERN_ASSERT(!plain);
            continue;
        }
        TERN_ASSERT(!plain || *packet == Packet(Ack{plain->type, plain->packet_id}));
        ByteWriter out;
        const bool encoded = encode(out, *packet, version).has_value();
        TERN_ASSERT(encoded);
        const auto again = next_frame(out.bytes(), SIZE_MAX);
        TERN_ASSERT(again && again->bytes == out.size());
        const auto copy = decode(again->first, out.bytes().subspan(again->header_bytes), version);
        TERN_ASSERT(copy && *copy == *packet);
    }
}

}  // namespace
}  // namespace tern::mqtt

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::mqtt::run({data, size});
    return 0;
}
