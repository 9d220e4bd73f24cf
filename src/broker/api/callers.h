#pragma once

#include "base/result.h"
#include "broker/api/operations.h"

#include <cstdint>
#include <string>
#include <system_error>

namespace tern::broker {

/// What a caller wants to receive.
struct Reception {
    /// Whose consumer that is, which stays for the caller's next call; empty: nobody's, it ends
    /// with this one.
    std::string caller = {};
    Destination from = {};
    std::string selector = {};
    std::int64_t wait_ms = 0;
};

/// The broker for those who come without a connection, one call at a time, as by HTTP.
///
/// Called from one thread that is no shard; replies come on that thread, too.
class Callers {
public:
    virtual ~Callers() = default;

    /// Takes one message, which is acknowledged before the reply. Null: none came in time. What
    /// comes to a caller's topic between two calls waits for the second one.
    /// Errors: those of `Broker::subscribe`; subscription_in_use (the caller is still waiting for
    /// another call); no_space (too many callers); stopping.
    virtual void receive(Reception what, Reply<Result<MessagePtr>> reply) = 0;
    /// Ends a caller's consumers. False: it has none.
    virtual void dismiss(std::string caller, Reply<bool> reply) = 0;
    /// Makes a durable subscription that nobody consumes from yet; one that is there already is
    /// fine. Errors: those of `Broker::subscribe`.
    virtual void make_subscription(NamedSubscription subscription, Destination topic,
                                   Reply<std::error_code> reply) = 0;
};

}  // namespace tern::broker
