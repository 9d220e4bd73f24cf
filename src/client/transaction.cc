#include "client/transaction.h"

namespace tern::client {

using openwire::TransactionOperation;

std::optional<openwire::TransactionId> Transaction::id() const {
    if (!value_) return std::nullopt;
    return openwire::LocalTransactionId{
        .value = *value_, .connection_id = openwire::ConnectionId{.value = core_.connection_id()}};
}

Result<void> Transaction::usable() const {
    if (doubt_) return std::unexpected(*doubt_);
    return {};
}

Result<void> Transaction::begin() {
    if (!transacted_ || value_ || doubt_) return usable();
    value_ = core_.next_transaction();
    auto sent = core_.send(info(TransactionOperation::begin),
                           [this](Tracker& tracker) { tracker.begin(*value_); });
    if (!sent) value_.reset();
    return sent;
}

Result<void> Transaction::end(TransactionOperation operation, std::optional<Core::Epoch> epoch) {
    auto done = core_.request_end(info(operation), *value_, epoch);
    if (!done && done.error() == Errc::rolled_back) return done;
    value_.reset();
    if (!done && done.error() != Errc::refused && done.error() != Errc::in_doubt) {
        doubt_ = done.error();
        doubt_->text += doubt_->text.empty() ? "the outcome" : "; the outcome";
        doubt_->text += " of the transaction is unknown";
        return std::unexpected(*doubt_);
    }
    return done;
}

openwire::TransactionInfo Transaction::info(TransactionOperation operation) const {
    return {.connection_id = openwire::ConnectionId{.value = core_.connection_id()},
            .transaction_id = id(),
            .operation = operation};
}

}  // namespace tern::client
