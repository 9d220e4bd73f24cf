// Messages: sections that are found can be read, and put together again are the same bytes.

#include "base/assert.h"
#include "protocol/amqp10/codec/sections.h"

#include <algorithm>
#include <tuple>

namespace tern::amqp10 {
namespace {

void check(Bytes message) {
    const auto found = find_sections(message);
    if (!found) return;
    ByteWriter out;
    for (const Bytes section :
         {found->header, found->delivery_annotations, found->message_annotations, found->properties,
          found->application_properties, found->body}) {
        out.append(section);
    }
    TERN_ASSERT(std::ranges::equal(out.bytes(), message));
    if (const auto header = decode_header(found->header)) {
        ByteWriter encoded;
        encode(*header, encoded);
        const auto again = decode_header(encoded.bytes());
        TERN_ASSERT(again && *again == *header);
    }
    std::ignore = decode_properties(found->properties);
    std::ignore = find_entry(map_of(found->application_properties), "key");
}

}  // namespace
}  // namespace tern::amqp10

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::amqp10::check({data, size});
    return 0;
}
