#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace tern::broker {

/// Why the broker refuses a command. Each room words them in its protocol's terms.
enum class Errc {
    no_such_destination = 1,  ///< a temporary destination that is gone, or never was
    not_the_owner,            ///< consuming from another connection's temporary destination
    has_consumers,            ///< removing a destination that somebody consumes from
    no_such_consumer,
    no_such_transaction,
    nothing_to_prepare,  ///< the branch did nothing, and has ended
    branch_prepared,     ///< it takes no more work
    branch_not_prepared,
    client_id_in_use,
    invalid_selector,      ///< `Broker::selector_problem` says more
    subscription_in_use,   ///< it has an active consumer
    subscription_differs,  ///< a shared one is in use with other topics or another selector
    no_such_subscription,
    invalid_schedule,       ///< what a message says of when it is wanted makes no sense
    dead_before,            ///< the message became a dead letter before
    no_space,               ///< a limit is reached
    too_many_destinations,  ///< of those under one policy, or that one user has made
    too_many_sessions,      ///< of the user, or connections
    connection_full,        ///< it has as many consumers, or producers, as it may
    transaction_too_large,  ///< more messages than may wait for a commit
    too_many_consumers,     ///< of a queue whose policy limits them
    durable_refused,        ///< there may be no durable subscriptions
    storage_failed,         ///< the journal ended: nothing can be made durable any more
    stopping,
    not_authenticated,  ///< nobody vouches for the client
    may_not_read,       ///< it lacks that right
    may_not_write,
    may_not_create,
    may_not_remove,
    duplicate,         ///< a message of the transaction was sent before
    branch_committed,  ///< an operator has ended it so
    branch_rolled_back,
};

[[nodiscard]] const std::error_category& category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(Errc code) noexcept {
    return {static_cast<int>(code), category()};
}

/// What a user is told who may not do that to `destination`, in ActiveMQ's words; empty: the error
/// is another one.
[[nodiscard]] std::string access_text(std::error_code error, std::string_view user,
                                      std::string_view destination);

}  // namespace tern::broker

template <>
struct std::is_error_code_enum<tern::broker::Errc> : std::true_type {};
