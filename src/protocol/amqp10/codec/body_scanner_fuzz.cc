// Bodies in pieces: wherever they are cut, the answer is the same, and what is found right is right
// as a whole, too.

#include "base/assert.h"
#include "protocol/amqp10/codec/body_scanner.h"

#include <algorithm>

namespace tern::amqp10 {
namespace {

bool is_right(Bytes body, std::size_t piece) {
    BodyScanner scanner;
    while (!body.empty()) {
        const std::size_t count = std::min(piece, body.size());
        if (!scanner.take(body.first(count))) return false;
        body = body.subspan(count);
    }
    return scanner.complete();
}

void check(Bytes body) {
    const bool right = is_right(body, body.size());
    TERN_ASSERT(is_right(body, 1) == right);
    TERN_ASSERT(is_right(body, 7) == right);
    const auto whole = find_sections(body);
    TERN_ASSERT(!right || (whole && whole->body.size() == body.size()));
    const auto head = find_message_head(body);
    if (!head || !*head) return;
    TERN_ASSERT((*head)->bytes < body.size());
    BodyScanner scanner;
    const bool behind =
        scanner.take(body.subspan((*head)->bytes)).has_value() && scanner.complete();
    TERN_ASSERT(!behind || whole);
}

}  // namespace
}  // namespace tern::amqp10

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::amqp10::check({data, size});
    return 0;
}
