// Frames of one connection: a method or content header that decodes, encodes, and decodes to the
// same again.

#include "base/assert.h"
#include "protocol/amqp091/codec/content.h"
#include "protocol/amqp091/codec/method_codec.h"

namespace tern::amqp091 {
namespace {

constexpr std::size_t kFrameMax = 65536;

void method_round(Bytes payload) {
    const auto method = decode_method(payload);
    if (!method) return;
    ByteWriter out;
    std::visit([&](const auto& m) { encode_method(out, 1, m); }, *method);
    const auto frame = split_frame(out.bytes());
    TERN_ASSERT(frame);
    const auto again = decode_method(frame->payload);
    TERN_ASSERT(again);
    TERN_ASSERT(*again == *method);
}

void header_round(Bytes payload) {
    const auto header = decode_content_header(payload);
    if (!header) return;
    ByteWriter raw;
    encode_properties(raw, header->properties);
    const auto again = decode_properties(raw.bytes());
    TERN_ASSERT(again);
    TERN_ASSERT(*again == header->properties);
    ByteWriter out;
    encode_content_header(out, 1, header->body_bytes, header->raw);
    const auto frame = split_frame(out.bytes());
    TERN_ASSERT(frame);
    TERN_ASSERT(decode_content_header(frame->payload)->properties == header->properties);
}

void run(Bytes input) {
    for (;;) {
        const auto size = frame_size(input, kFrameMax);
        if (!size || *size == 0 || *size > input.size()) return;
        const auto frame = split_frame(input.first(*size));
        if (!frame) return;
        input = input.subspan(*size);
        if (frame->type == FrameType::method) method_round(frame->payload);
        if (frame->type == FrameType::header) header_round(frame->payload);
    }
}

}  // namespace
}  // namespace tern::amqp091

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::amqp091::run({data, size});
    return 0;
}
