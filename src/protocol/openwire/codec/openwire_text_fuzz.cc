// Conversions of text: what comes out of one is valid, so that the way back loses nothing.

#include "base/assert.h"
#include "bytes/buffer.h"
#include "protocol/openwire/codec/id_text.h"
#include "protocol/openwire/codec/modified_utf8.h"

#include <algorithm>

namespace tern::openwire {
namespace {

void run(std::string_view input) {
    const std::string standard = to_utf8(input);
    const std::string modified = to_modified_utf8(standard);
    TERN_ASSERT(to_utf8(modified) == standard);
    TERN_ASSERT(to_utf8(standard) == standard);
    TERN_ASSERT(std::ranges::find(modified, '\0') == modified.end());
    TERN_ASSERT(to_utf8(latin1_to_modified_utf8(input)).size() >= input.size());
    TERN_ASSERT(cut(modified, modified.size() / 2).size() <= modified.size() / 2);
    TERN_ASSERT(utf16_length(modified) <= modified.size());

    if (const auto id = parse_message_id(input)) {
        const std::string text = to_text(*id);
        TERN_ASSERT(parse_message_id(text) == *id);
    }
    if (const auto id = parse_local_transaction_id(input)) {
        const std::string text = to_text(*id);
        TERN_ASSERT(parse_local_transaction_id(text) == *id);
    }
}

}  // namespace
}  // namespace tern::openwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::openwire::run(tern::as_text({data, size}));
    return 0;
}
