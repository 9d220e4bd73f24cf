#pragma once

#include "broker/policy/policy.h"
#include "broker/ports/queue_port.h"

#include <optional>
#include <string>

namespace tern::engine {

/// Where a message that died on `queue` goes, by the policy for it; nowhere when it is not worth a
/// letter: one of a subscription that lives with its consumer, a dead letter itself, or what the
/// policy says.
[[nodiscard]] std::optional<broker::Destination> dead_letter_queue(
    const broker::QueueInfo& queue, const Message& message, const broker::Death& death,
    const broker::DeadLetters& policy);

/// In words, for people.
[[nodiscard]] std::string cause_text(const Message& message, const broker::Death& death);

}  // namespace tern::engine
