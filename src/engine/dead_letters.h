#pragma once

#include "broker/ports/queue_port.h"

#include <optional>
#include <string>

namespace tern::engine {

/// Where a message that died on `queue` goes; nowhere when it is not worth a letter: a transient
/// message, one of a subscription that lives with its consumer, or a dead letter itself.
[[nodiscard]] std::optional<broker::Destination> dead_letter_queue(const broker::QueueInfo& queue,
                                                                   const Message& message);

/// In words, for people.
[[nodiscard]] std::string cause_text(const Message& message, const broker::Death& death);

}  // namespace tern::engine
