#pragma once

#include "client/core.h"

namespace tern::client {

/// The local transaction of a transacted session: begins with the first message sent or received,
/// and after each end with the next one (OpenWire reference, 14.1). Of other sessions it does
/// nothing.
class Transaction {
public:
    Transaction(Core& core, bool transacted) : core_(core), transacted_(transacted) {}

    [[nodiscard]] bool transacted() const { return transacted_; }
    [[nodiscard]] bool is_open() const { return value_.has_value(); }
    /// What commands in the transaction carry; nothing when there is none.
    [[nodiscard]] std::optional<openwire::TransactionId> id() const;
    [[nodiscard]] std::optional<std::int64_t> number() const { return value_; }

    /// Errors: whatever left the outcome of an earlier commit in doubt.
    [[nodiscard]] Result<void> usable() const;
    /// Makes sure that there is one, in a transacted session.
    /// Errors: those of `usable` and of Core::send.
    [[nodiscard]] Result<void> begin();
    /// Asks the broker to commit or roll back what is open, on the link of `epoch` if there is one.
    /// After `refused` it is rolled back; after
    /// `rolled_back` it is still open and can only be rolled back; after `in_doubt` nobody knows,
    /// and there may be a next one; after any other error nobody knows, and the session is of no
    /// use any more.
    [[nodiscard]] Result<void> end(openwire::TransactionOperation operation,
                                   std::optional<Core::Epoch> epoch = {});

private:
    [[nodiscard]] openwire::TransactionInfo info(openwire::TransactionOperation operation) const;

    Core& core_;
    const bool transacted_;
    std::optional<std::int64_t> value_;
    std::optional<Error> doubt_;
};

}  // namespace tern::client
