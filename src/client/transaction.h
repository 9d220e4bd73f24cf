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

    /// Errors: whatever left the outcome of an earlier commit in doubt.
    [[nodiscard]] Result<void> usable() const;
    /// Makes sure that there is one, in a transacted session.
    /// Errors: those of `usable` and of Core::send.
    [[nodiscard]] Result<void> begin();
    /// Asks the broker to commit or roll back what is open. After `refused` it is rolled back;
    /// after any other error nobody knows, and the session is of no use any more.
    [[nodiscard]] Result<void> end(openwire::TransactionOperation operation);

private:
    [[nodiscard]] openwire::TransactionInfo info(openwire::TransactionOperation operation) const;

    Core& core_;
    const bool transacted_;
    std::optional<std::int64_t> value_;
    std::optional<Error> doubt_;
};

}  // namespace tern::client
