// What unpacks as a scheduled job, packs to what unpacks to the same; and a calendar's next time is
// later than the one before.

#include "base/assert.h"
#include "broker/schedule/schedule.h"

#include <algorithm>

namespace tern::broker {
namespace {

void round_trip(Bytes input) {
    const auto stored = Message::decode(input);
    if (!stored) return;
    const auto job = unpack(**stored);
    if (!job) return;
    const MessagePtr packed = pack(*job);
    const auto again = unpack(*packed);
    TERN_ASSERT(again.has_value());
    const Buffer left = packed->stored()[0];
    const Buffer right = pack(*again)->stored()[0];
    TERN_ASSERT(std::ranges::equal(left.bytes(), right.bytes()));
}

std::int64_t half_an_hour_ahead(std::int64_t) {
    return 1'800'000;
}

void calendar(Bytes input) {
    const auto cron = Cron::parse(as_text(input));
    if (!cron) return;
    std::int64_t at_ms = 1'700'000'000'000;
    for (int i = 0; i < 3; ++i) {
        const auto next = cron->next(at_ms, half_an_hour_ahead);
        if (!next) return;
        TERN_ASSERT(*next > at_ms && *next % 60'000 == 0);
        at_ms = *next;
    }
}

}  // namespace
}  // namespace tern::broker

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tern;
    broker::round_trip({data, size});
    broker::calendar({data, size});
    return 0;
}
