// A destination that was understood is named to consumers so that they can send there again.

#include "base/assert.h"
#include "broker/route/exchange.h"
#include "protocol/stomp/rabbitmq.h"

#include <algorithm>

namespace {

using namespace tern::stomp;
using Kind = RabbitDestination::Kind;

/// Other bytes are escaped for whoever reads the name, and not read back (`%2F` alone is).
bool reads_back(std::string_view part) {
    return std::ranges::all_of(part, [](char c) { return c > ' ' && c < 0x7F && c != '%'; });
}

void check(const RabbitDestination& made) {
    const bool queue = made.kind == Kind::queue || made.kind == Kind::existing;
    StoredHead stored;
    stored.to = {tern::broker::Domain::queue, false, queue ? made.name : made.key};
    if (!queue) stored.exchange = made.name;
    const auto again = parse_rabbitmq(rabbitmq_name(stored));
    TERN_ASSERT(again.has_value());
    TERN_ASSERT(again->name == made.name && again->key == made.key);
    TERN_ASSERT(again->kind == (queue ? Kind::queue : made.kind));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto made = parse_rabbitmq(text);
    if (!made) {
        TERN_ASSERT(!made.error().empty());
        return 0;
    }
    TERN_ASSERT(made->name.size() + made->key.size() <= size + tern::broker::kTopicTree.size());
    if (made->kind == Kind::reply) {
        TERN_ASSERT(rabbitmq_reply_name({tern::broker::Domain::queue, false, made->name}) == text);
        return 0;
    }
    // One that is only heard of, or that no message is shown to have been sent to.
    const bool shown_otherwise = made->kind == Kind::exchange &&
                                 (made->name.empty() || made->name == tern::broker::kTopicTree);
    if (made->kind == Kind::temporary || shown_otherwise) return 0;
    if (reads_back(made->name) && reads_back(made->key)) check(*made);
    return 0;
}
