// Primitive maps, the WireFormatInfo in them, and streams: what decodes, encodes, and decodes to
// the same.

#include "base/assert.h"
#include "protocol/openwire/codec/body.h"
#include "protocol/openwire/codec/negotiation.h"

namespace tern::openwire {
namespace {

void expect_lookups_agree(const PrimitiveMap& map, Bytes encoded) {
    for (const auto& [key, value] : map.entries) {
        const auto found = find_property(encoded, key);
        TERN_ASSERT(found && found->index() == map.find(key)->value.index());
    }
}

void run_as_stream(Bytes input) {
    const auto values = decode_stream_body(input);
    if (!values) return;
    ByteWriter once;
    TERN_ASSERT(encode_stream_body(*values, once));
    const auto again = decode_stream_body(once.bytes());
    TERN_ASSERT(again);
    ByteWriter twice;
    TERN_ASSERT(encode_stream_body(*again, twice));
    TERN_ASSERT(as_text(once.bytes()) == as_text(twice.bytes()));
}

void run(Bytes input) {
    run_as_stream(input);
    const auto properties = read_properties({.properties = input});
    if (properties) {
        ByteWriter out;
        TERN_ASSERT(write_properties(*properties, out));
        TERN_ASSERT(read_properties({.properties = out.bytes()}) == *properties);
    }

    const auto map = decode_map(input);
    if (!map) return;
    ByteWriter once;
    TERN_ASSERT(encode_map(*map, once));
    const auto again = decode_map(once.bytes());
    TERN_ASSERT(again);
    // By bytes: a NaN is not equal to itself.
    ByteWriter twice;
    TERN_ASSERT(encode_map(*again, twice));
    TERN_ASSERT(as_text(once.bytes()) == as_text(twice.bytes()));
    expect_lookups_agree(*map, once.bytes());
}

}  // namespace
}  // namespace tern::openwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::openwire::run({data, size});
    return 0;
}
