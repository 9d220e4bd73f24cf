// However the bytes are cut, the same comes of them; what it is, encodes to what decodes to the
// same.

#include "base/assert.h"
#include "gateway/web_socket_frames.h"

#include <algorithm>
#include <tuple>
#include <vector>

namespace tern::gateway {
namespace {

constexpr FrameLimits kLimits{.frame_bytes_max = 4096, .text = true};

struct Outcome {
    std::string data;
    std::vector<std::pair<Opcode, std::string>> controls;
    std::optional<CloseCode> violation;

    bool operator==(const Outcome&) const = default;
};

Outcome decode(Bytes input, std::size_t piece_bytes) {
    FrameReader reader(kLimits);
    Outcome outcome;
    while (!input.empty()) {
        Bytes piece = input.first(std::min(piece_bytes, input.size()));
        input = input.subspan(piece.size());
        do {
            auto control = reader.read(piece, outcome.data);
            if (!control) {
                outcome.violation = control.error().code;
                return outcome;
            }
            if (*control) {
                outcome.controls.emplace_back((*control)->opcode, (*control)->payload);
                std::ignore = check_close((*control)->payload);
            } else {
                TERN_ASSERT(piece.empty());
            }
        } while (!piece.empty());
    }
    return outcome;
}

/// What a client sends: the server's frame with a mask.
void append_masked(Opcode opcode, Bytes payload, std::string& to) {
    constexpr std::string_view kMask = "mask";
    std::string frame;
    append_frame(opcode, true, payload, frame);
    const std::size_t head = frame.size() - payload.size();
    frame[1] = static_cast<char>(frame[1] | 0x80);
    for (std::size_t i = 0; i < payload.size(); ++i) {
        frame[head + i] = static_cast<char>(frame[head + i] ^ kMask[i % kMask.size()]);
    }
    frame.insert(head, kMask);
    to += frame;
}

void run(Bytes input) {
    const Outcome whole = decode(input, SIZE_MAX);
    const Outcome bytewise = decode(input, 1);
    TERN_ASSERT(whole.violation == bytewise.violation && whole.controls == bytewise.controls);
    // Before a violation in the same piece more or less may have been taken.
    if (whole.violation) return;
    TERN_ASSERT(whole == bytewise);
    std::string encoded;
    for (const auto& [opcode, payload] : whole.controls) {
        append_masked(opcode, as_bytes(payload), encoded);
    }
    for (Bytes rest = as_bytes(whole.data); !rest.empty();) {
        const Bytes one = rest.first(std::min<std::size_t>(rest.size(), kLimits.frame_bytes_max));
        append_masked(Opcode::binary, one, encoded);
        rest = rest.subspan(one.size());
    }
    TERN_ASSERT(decode(as_bytes(encoded), 7) == whole);
}

}  // namespace
}  // namespace tern::gateway

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::gateway::run({data, size});
    return 0;
}
