// What decodes as an exchange or a binding, encodes to what decodes to the same.

#include "base/assert.h"
#include "broker/route/encoding.h"

#include <algorithm>

namespace tern::broker {
namespace {

template <class Decode>
void round(Bytes input, Decode decode) {
    ByteReader in(input);
    const auto value = decode(in);
    if (!in.done()) return;
    ByteWriter out;
    encode(out, value);
    ByteReader again(out.bytes());
    const auto same = decode(again);
    TERN_ASSERT(again.done());
    ByteWriter once_more;
    encode(once_more, same);
    const Bytes left = out.bytes();
    const Bytes right = once_more.bytes();
    TERN_ASSERT(std::ranges::equal(left, right));
}

}  // namespace
}  // namespace tern::broker

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tern;
    broker::round({data, size}, [](ByteReader& in) { return broker::decode_exchange(in); });
    broker::round({data, size}, [](ByteReader& in) { return broker::decode_binding(in); });
    return 0;
}
