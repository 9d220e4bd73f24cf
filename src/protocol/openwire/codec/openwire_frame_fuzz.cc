// Frames of one connection: what decodes, encodes, and decodes to the same again, in every mode.
// The first byte of the input is the version, the second the mode; then frames follow, each behind
// two bytes of length.

#include "base/assert.h"
#include "bytes/byte_reader.h"
#include "protocol/openwire/codec/decoder.h"
#include "protocol/openwire/codec/encoder.h"
#include "protocol/openwire/codec/own.h"

#include <vector>

namespace tern::openwire {
namespace {

constexpr Limits kLimits{.cache_bytes_max = 65536};

WireFormat format_of(int version, std::uint8_t mode) {
    return {.version = version,
            .tight = (mode & 1) != 0,
            .cache = (mode & 2) != 0,
            .cache_slots = 100,
            .stack_traces = (mode & 4) != 0,
            .size_prefix = false};
}

/// Both ends of a connection.
struct Line {
    explicit Line(const WireFormat& format) : encoder(format), decoder(format) {}

    void expect_round_trip(const Command& command) {
        ByteWriter out;
        TERN_ASSERT(encoder.encode(command, out));
        const auto again = decoder.decode(out.bytes());
        TERN_ASSERT(again);
        TERN_ASSERT(*again == command);
    }

    Encoder encoder;
    Decoder decoder;
};

void run(Bytes input) {
    // Texts and arrays that fit every encoding.
    constexpr std::size_t kInputBytesMax = 16384;
    if (input.size() < 2 || input.size() > kInputBytesMax) return;
    ByteReader in(input);
    const int version = kVersionMin + in.u8() % kVersionMax;
    const std::uint8_t mode = in.u8() % 8;
    Decoder decoder(format_of(version, mode), kLimits);
    std::vector<Line> lines;
    for (std::uint8_t other = 0; other < 8; ++other) {
        // A mode without stack traces would lose those that are there.
        if ((mode & 4) <= (other & 4)) lines.emplace_back(format_of(version, other));
    }
    while (in.remaining() > 0) {
        const Bytes frame = in.take(in.u16());
        auto command = decoder.decode(frame);
        if (!command) return;
        for (Line& line : lines) line.expect_round_trip(*command);
        const Command copy = *command;
        const Buffer owner = own(*command);
        TERN_ASSERT(*command == copy);
    }
}

}  // namespace
}  // namespace tern::openwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::openwire::run({data, size});
    return 0;
}
