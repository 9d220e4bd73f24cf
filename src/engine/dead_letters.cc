#include "engine/dead_letters.h"

namespace tern::engine {
namespace {

constexpr const char* kDeadLetterQueue = "ActiveMQ.DLQ";

}  // namespace

std::optional<broker::Destination> dead_letter_queue(const broker::QueueInfo& queue,
                                                     const Message& message) {
    broker::Destination letters(broker::Domain::queue, false, kDeadLetterQueue);
    if (message.header().durable == Durable::no) return std::nullopt;
    if (queue.is_subscription() && queue.durable == Durable::no) return std::nullopt;
    if (queue.bindings.front() == letters) return std::nullopt;
    return letters;
}

std::string cause_text(const Message& message, const broker::Death& death) {
    if (death.why == broker::Death::Why::expired) {
        return "Message Expired. Expiration:" + std::to_string(message.header().expires_at_ms);
    }
    return death.cause.empty() ? "Delivery failed" : std::string(death.cause);
}

}  // namespace tern::engine
