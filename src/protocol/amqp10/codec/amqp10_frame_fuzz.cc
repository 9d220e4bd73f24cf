// Bodies of frames, AMQP's and SASL's: what decodes, encodes, and decodes to the same again.

#include "base/assert.h"
#include "protocol/amqp10/codec/decode.h"
#include "protocol/amqp10/codec/encode.h"

namespace tern::amqp10 {
namespace {

void check_state(Bytes encoded) {
    const auto state = decode_state(encoded);
    if (!state || encoded.empty()) return;
    ByteWriter out;
    encode(*state, out);
    const auto again = decode_state(out.bytes());
    TERN_ASSERT(again && *again == *state);
}

void check_performative(Bytes body) {
    const auto performative = decode(body);
    if (is_transfer(body)) {
        const auto transfer = decode_transfer(body);
        TERN_ASSERT(transfer.has_value() == performative.has_value());
        TERN_ASSERT(!transfer || *transfer == std::get<Transfer>(*performative));
    }
    if (!performative) return;
    ByteWriter out;
    std::visit([&](const auto& p) { encode(p, out); }, *performative);
    if (const auto* transfer = std::get_if<Transfer>(&*performative)) {
        out.append(transfer->payload);
        check_state(transfer->state);
    }
    if (const auto* disposition = std::get_if<Disposition>(&*performative)) {
        check_state(disposition->state);
    }
    const auto again = decode(out.bytes());
    TERN_ASSERT(again && *again == *performative);
}

void check_sasl(Bytes body) {
    const auto frame = decode_sasl(body);
    if (!frame) return;
    ByteWriter out;
    std::visit([&](const auto& f) { encode(f, out); }, *frame);
    const auto again = decode_sasl(out.bytes());
    TERN_ASSERT(again && *again == *frame);
}

}  // namespace
}  // namespace tern::amqp10

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::amqp10::check_performative({data, size});
    tern::amqp10::check_sasl({data, size});
    return 0;
}
