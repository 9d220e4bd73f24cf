// A table that passes the check decodes, and its encoding decodes to the same.

#include "base/assert.h"
#include "protocol/amqp091/codec/table.h"

#include <algorithm>

namespace tern::amqp091 {
namespace {

void run(Bytes input) {
    const auto table = decode_table(input);
    TERN_ASSERT(table.has_value() == check_table(input).has_value());
    if (!table) return;
    ByteWriter out;
    encode_entries(out, *table);
    const auto again = decode_table(out.bytes());
    TERN_ASSERT(again);
    // Bit for bit: a NaN is not equal to itself.
    ByteWriter once_more;
    encode_entries(once_more, *again);
    const Bytes left = out.bytes();
    const Bytes right = once_more.bytes();
    TERN_ASSERT(std::ranges::equal(left, right));
    for (const auto& [key, value] : table->entries) {
        TERN_ASSERT(find_raw(input, key).type != 0);
    }
}

}  // namespace
}  // namespace tern::amqp091

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::amqp091::run({data, size});
    return 0;
}
