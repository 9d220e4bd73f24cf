// What decodes, encodes to what decodes to the same; a frame that comes in pieces is the same
// frame.

#include "base/assert.h"
#include "protocol/stomp/codec/decoder.h"
#include "protocol/stomp/codec/encoder.h"

#include <string>

namespace tern::stomp {
namespace {

constexpr Limits kLimits{.command_bytes = 64,
                         .header_bytes = 256,
                         .headers = 20,
                         .body_bytes = 4096,
                         .frame_bytes = 8192};

struct Copy {
    std::string command;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    bool operator==(const Copy&) const = default;
};

Copy copy_of(const Frame& frame) {
    Copy copy{std::string(frame.command), {}, std::string(as_text(frame.body))};
    for (const Header& one : frame.headers) copy.headers.emplace_back(one.name, one.value);
    return copy;
}

void check_pieces(Bytes input, const Result<std::size_t>& whole) {
    Decoder decoder(kLimits);
    for (std::size_t size = 0; size <= input.size(); ++size) {
        const auto end = decoder.find_end(input.first(size));
        if (!end) {
            // Whole or in pieces, a bad frame is a bad frame; a limit may be noticed earlier.
            TERN_ASSERT(!whole || *whole == 0 || *whole > size || size == 0);
            return;
        }
        if (*end == 0) continue;
        TERN_ASSERT(whole && *end == *whole);
        return;
    }
    TERN_ASSERT(whole && *whole == 0);
}

void run(Bytes input) {
    Decoder decoder(kLimits);
    const auto end = decoder.find_end(input);
    check_pieces(input, end);
    if (!end || *end == 0 || input[0] == '\n' || input[0] == '\r') return;
    for (const Version version : {Version::v1_1, Version::v1_2}) {
        const Frame frame = decoder.decode(input.first(*end), version);
        if (frame.command.ends_with('\r')) return;  // commands are words, and have no escapes
        const Copy before = copy_of(frame);
        ByteWriter out;
        encode(frame, version, out);
        Decoder again(Limits{});
        const auto second = again.find_end(out.bytes());
        TERN_ASSERT(second && *second == out.size() - 1);
        TERN_ASSERT(copy_of(again.decode(out.bytes().first(*second), version)) == before);
    }
}

}  // namespace
}  // namespace tern::stomp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::stomp::run({data, size});
    return 0;
}
