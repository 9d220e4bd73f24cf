#pragma once

#include "cli/broker_api.h"
#include "cli/operate.h"

namespace tern::cli {

/// Shows the busiest queues and consumers, as often as it is told to; on a terminal in one place.
[[nodiscard]] Outcome<int> top(const OperateOptions& options, const BrokerApi& api);

/// Shows what happens to the messages of a queue between one look and the next: those that come,
/// go to a consumer, come back and are gone.
[[nodiscard]] Outcome<int> trace(const OperateOptions& options, const BrokerApi& api);

/// Shows the ways of messages that the broker followed, after having it follow another share of
/// them, if that is wanted.
[[nodiscard]] Outcome<int> show_sampled(const OperateOptions& options, const BrokerApi& api);

}  // namespace tern::cli
