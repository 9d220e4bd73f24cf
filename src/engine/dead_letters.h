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

/// The same by the addresses that a policy names, as ActiveMQ Artemis does; nowhere if it names
/// none, or the message is of a subscription that lives with its consumer.
[[nodiscard]] std::optional<broker::Destination> dead_letter_address(const broker::QueueInfo& queue,
                                                                     const broker::Death& death,
                                                                     const broker::Policy& policy);

/// In words, for people.
[[nodiscard]] std::string cause_text(const Message& message, const broker::Death& death);

}  // namespace tern::engine
