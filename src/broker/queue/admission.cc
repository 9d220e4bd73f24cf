#include "broker/queue/admission.h"

#include <algorithm>

namespace tern::broker {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

/// What came without having been admitted must not count as less than nothing.
void subtract(std::atomic<std::uint64_t>& from, std::uint64_t amount) {
    std::uint64_t now = from.load(kRelaxed);
    while (!from.compare_exchange_weak(now, now - std::min(now, amount), kRelaxed)) {
    }
}

}  // namespace

void Admission::note(const Waiting& now) {
    waiting_.store(now.messages, kRelaxed);
    waiting_bytes_.store(now.bytes, kRelaxed);
    wanted_.store(now.wanted, kRelaxed);
}

void Admission::arrived(std::uint64_t body_bytes) {
    take_back(body_bytes);
}

void Admission::take_back(std::uint64_t body_bytes) {
    subtract(coming_, 1);
    subtract(coming_bytes_, body_bytes);
}

bool Admission::admit(std::uint64_t body_bytes) {
    if (!refuses()) return true;
    const std::uint64_t ahead = coming_.fetch_add(1, kRelaxed);
    const std::uint64_t bytes_ahead = coming_bytes_.fetch_add(body_bytes, kRelaxed);
    // Of what is on its way consumers take as much as they want before anything waits.
    const std::uint64_t wanted = wanted_.load(kRelaxed);
    const std::uint64_t messages = waiting_.load(kRelaxed) + ahead - std::min(ahead, wanted) + 1;
    const std::uint64_t bytes =
        waiting_bytes_.load(kRelaxed) + (ahead <= wanted ? 0 : bytes_ahead) + body_bytes;
    if (messages <= messages_max_.load(kRelaxed) && bytes <= bytes_max_.load(kRelaxed)) return true;
    take_back(body_bytes);
    return false;
}

}  // namespace tern::broker
