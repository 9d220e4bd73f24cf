#pragma once

#include "client/options.h"

namespace tern::client {

/// The policy for what a consumer of `destination` gets.
[[nodiscard]] const RedeliveryPolicy& policy_of(const ConnectionOptions& options,
                                                const Destination& destination);

/// How long to pause before a message is delivered for the `redeliveries`th time again. `chance`:
/// 0 to 1, by which the pause varies.
[[nodiscard]] milliseconds delay_of(const RedeliveryPolicy& policy, int redeliveries,
                                    double chance);

}  // namespace tern::client
