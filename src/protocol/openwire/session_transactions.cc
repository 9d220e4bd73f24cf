#include "broker/api/errors.h"
#include "protocol/openwire/branch_name.h"
#include "protocol/openwire/codec/id_text.h"
#include "protocol/openwire/session.h"

#include <utility>

// Local transactions and branches of XA transactions. OpenWire reference, 14.

namespace tern::openwire {
namespace {

constexpr std::string_view kXaException = "javax.transaction.xa.XAException";

// javax.transaction.xa.XAException and XAResource.
constexpr int kErrorInManager = -3;  // XAER_RMERR
constexpr int kUnknownXid = -4;      // XAER_NOTA
constexpr int kInvalid = -5;         // XAER_INVAL
constexpr int kProtocol = -6;        // XAER_PROTO
constexpr int kRolledBack = 100;     // XA_RBROLLBACK
// An operator has ended it: XA_HEURRB and XA_HEURCOM.
constexpr int kOperatorRolledBack = 6;
constexpr int kOperatorCommitted = 7;
constexpr std::int32_t kOk = 0;
constexpr std::int32_t kReadOnly = 3;

/// The number of an XA error travels in the text: 14.3.
std::string with_code(std::string_view text, int code) {
    return std::string(text).append(" xaErrorCode:").append(std::to_string(code));
}

std::string quoted(const TransactionId& id) {
    return "Transaction '" + to_text(id) + "'";
}

int xa_code_of(std::error_code error) {
    if (error == broker::Errc::no_such_transaction) return kUnknownXid;
    if (error == broker::Errc::branch_not_prepared) return kProtocol;
    if (error == broker::Errc::duplicate) return kRolledBack;
    if (error == broker::Errc::branch_committed) return kOperatorCommitted;
    if (error == broker::Errc::branch_rolled_back) return kOperatorRolledBack;
    return kErrorInManager;
}

std::string text_of_failed(const TransactionId& id) {
    return quoted(id) + " is rolled back: what was done in it was refused";
}

/// `id`: the transaction's, quoted.
std::string xa_text_of(std::error_code error, const std::string& id) {
    if (error == broker::Errc::no_such_transaction) return id + " has not been started.";
    if (error == broker::Errc::branch_not_prepared) {
        return "Cannot do 2 phase commit if the transaction has not been prepared";
    }
    return id + ": " + error.message();
}

}  // namespace

void Session::on(const TransactionInfo& info) {
    const Reply reply = reply_to(info);
    if (info.operation == TransactionOperation::recover) return recover_branches(reply);
    if (!info.transaction_id) return refuse(reply, kJmsException, "TransactionInfo without an id");
    if (std::holds_alternative<LocalTransactionId>(*info.transaction_id)) {
        return on_local(reply, info.operation, *info.transaction_id);
    }
    on_branch(reply, info.operation, *info.transaction_id);
}

Session::OpenTransaction* Session::find_transaction(const TransactionId& id) {
    if (const auto* local = std::get_if<LocalTransactionId>(&id)) {
        const auto found = transactions_.find(local->value);
        return found == transactions_.end() ? nullptr : &found->second;
    }
    const auto name = branch_name(std::get<XaTransactionId>(id));
    const auto found = name ? branches_.find(*name) : branches_.end();
    return found == branches_.end() ? nullptr : &found->second;
}

void Session::refuse_unknown(Reply reply, const TransactionId& id) {
    const std::string text = quoted(id) + " has not been started.";
    if (std::holds_alternative<LocalTransactionId>(id)) return refuse(reply, kJmsException, text);
    refuse(reply, kXaException, with_code(text, kUnknownXid));
}

void Session::commit_windows(broker::TransactionNumber number) {
    for (const auto& [key, consumer] : consumers_) {
        consumer->window.commit(number);
        grant(*consumer);
    }
}

void Session::roll_back_windows(broker::TransactionNumber number) {
    for (const auto& [key, consumer] : consumers_) {
        consumer->window.rollback(number);
        grant(*consumer);
    }
}

void Session::roll_back_all() {
    for (const auto& [id, open] : std::exchange(transactions_, {})) {
        broker_.rollback(open.number, {});
    }
    for (const auto& [name, part] : std::exchange(branches_, {})) {
        if (!part.prepared) broker_.rollback(part.number, {});
    }
}

// ---- Local

void Session::on_local(Reply reply, TransactionOperation operation, const TransactionId& id) {
    switch (operation) {
        case TransactionOperation::begin: {
            const broker::TransactionNumber number{last_transaction_ + 1};
            const std::int64_t value = std::get<LocalTransactionId>(id).value;
            if (!transactions_.emplace(value, OpenTransaction{.number = number}).second) {
                return refuse(reply, kJmsException, quoted(id) + " has already been started.");
            }
            ++last_transaction_;
            broker_.begin(number);
            return answer(reply);
        }
        case TransactionOperation::end:
            return answer(reply);
        case TransactionOperation::commit_one_phase:
            return finish_transaction(reply, id, true);
        case TransactionOperation::rollback:
        case TransactionOperation::forget:
            return finish_transaction(reply, id, false);
        case TransactionOperation::prepare:
        case TransactionOperation::commit_two_phase:
            return refuse(reply, kXaException, with_code("not an XA transaction", kProtocol));
        case TransactionOperation::recover:
            break;
    }
    refuse(reply, kIoException, "Unknown transaction operation");
}

void Session::fail_transaction(broker::TransactionNumber number) {
    if (!number) return;
    const auto note = [number](OpenTransaction& open) {
        if ((open.number.value & kTransactionMask) == (number.value & kTransactionMask)) {
            open.failed = true;
        }
    };
    for (auto& [id, open] : transactions_) note(open);
    for (auto& [name, open] : branches_) note(open);
}

void Session::fail_transaction(const TransactionId& id) {
    OpenTransaction* const open = find_transaction(id);
    if (open != nullptr) open->failed = true;
}

void Session::finish_transaction(Reply reply, const TransactionId& id, bool commit) {
    const auto entry = transactions_.extract(std::get<LocalTransactionId>(id).value);
    if (entry.empty()) return refuse_unknown(reply, id);
    const broker::TransactionNumber number = entry.mapped().number;
    if (!commit) {
        // At once: acks that follow may be about the same messages, and the broker takes both in
        // their order.
        roll_back_windows(number);
        return broker_.rollback(
            number, then([this, reply](std::error_code error) { answer(reply, error, {}); }));
    }
    if (entry.mapped().failed) {
        roll_back_windows(number);
        broker_.rollback(number, {});
        return refuse(reply, "javax.jms.TransactionRolledBackException", text_of_failed(id));
    }
    broker_.commit(number, then([this, reply, number](std::error_code error) {
                       if (error) {
                           roll_back_windows(number);
                       } else {
                           commit_windows(number);
                       }
                       answer(reply, error, {});
                   }));
}

// ---- XA

void Session::on_branch(Reply reply, TransactionOperation operation, const TransactionId& id) {
    const auto name = branch_name(std::get<XaTransactionId>(id));
    if (!name) {
        return refuse(reply, kXaException,
                      with_code("an id of more than 64 bytes in " + to_text(id), kInvalid));
    }
    switch (operation) {
        case TransactionOperation::begin:
            return join_branch(reply, *name);
        case TransactionOperation::end:
            return answer(reply);
        case TransactionOperation::prepare:
            if (has_failed(*name)) return abandon_branch(reply, *name, id);
            return prepare_branch(reply, *name, id);
        case TransactionOperation::commit_one_phase:
            if (has_failed(*name)) return abandon_branch(reply, *name, id);
            return finish_branch(reply, *name, id, broker::BranchEnd::commit);
        case TransactionOperation::commit_two_phase:
            return finish_branch(reply, *name, id, broker::BranchEnd::commit_prepared);
        case TransactionOperation::rollback:
            return finish_branch(reply, *name, id, broker::BranchEnd::rollback);
        case TransactionOperation::forget:
            return finish_branch(reply, *name, id, broker::BranchEnd::forget);
        case TransactionOperation::recover:
            break;
    }
    refuse(reply, kIoException, "Unknown transaction operation");
}

void Session::join_branch(Reply reply, const std::string& name) {
    // Resumed, or begun again: fine.
    if (branches_.contains(name)) return answer(reply);
    const broker::TransactionNumber number{++last_transaction_};
    branches_.emplace(name, OpenTransaction{.number = number});
    broker_.join_branch(name, number, then([this, reply, name, number](std::error_code error) {
                            // One that is prepared takes no work, but to begin it again is no
                            // error: 14.2.
                            const auto found = branches_.find(name);
                            const bool ours =
                                found != branches_.end() && found->second.number == number;
                            if (error && ours) branches_.erase(found);
                            answer(reply);
                        }));
}

void Session::prepare_branch(Reply reply, const std::string& name, const TransactionId& id) {
    const auto found = branches_.find(name);
    if (found == branches_.end()) {
        return refuse(reply, kIllegalState,
                      "Cannot prepare a transaction that had not been started or previously "
                      "returned XA_RDONLY: " +
                          to_text(id));
    }
    found->second.prepared = true;
    broker_.prepare_branch(
        name, then([this, reply, name, id = quoted(id)](std::error_code error) {
            const bool nothing = error == broker::Errc::nothing_to_prepare;
            if (error && !nothing) {
                const bool gone =
                    error == broker::Errc::no_such_transaction || error == broker::Errc::duplicate;
                if (gone) branches_.erase(name);
                return refuse(reply, kXaException,
                              with_code(xa_text_of(error, id), xa_code_of(error)));
            }
            if (!reply.wanted) return;
            send(IntegerResponse{.correlation_id = reply.command_id,
                                 .result = nothing ? kReadOnly : kOk});
        }));
}

void Session::finish_branch(Reply reply, const std::string& name, const TransactionId& id,
                            broker::BranchEnd end) {
    const auto part = branches_.extract(name);
    // At once, as with local ones.
    const bool commits =
        end == broker::BranchEnd::commit || end == broker::BranchEnd::commit_prepared;
    if (!part.empty() && !commits) {
        roll_back_windows(part.mapped().number);
    }
    broker_.finish_branch(name, end, then([this, reply, id = quoted(id)](std::error_code error) {
                              if (!error) return answer(reply);
                              refuse(reply, kXaException,
                                     with_code(xa_text_of(error, id), xa_code_of(error)));
                          }));
}

bool Session::has_failed(const std::string& branch) const {
    const auto found = branches_.find(branch);
    return found != branches_.end() && found->second.failed;
}

void Session::abandon_branch(Reply reply, const std::string& name, const TransactionId& id) {
    roll_back_windows(branches_.extract(name).mapped().number);
    broker_.finish_branch(name, broker::BranchEnd::rollback, {});
    refuse(reply, kXaException, with_code(text_of_failed(id), kRolledBack));
}

void Session::branch_ended(broker::TransactionNumber transaction, bool committed) {
    std::erase_if(branches_, [&](const auto& entry) { return entry.second.number == transaction; });
    if (committed) {
        commit_windows(transaction);
    } else {
        roll_back_windows(transaction);
    }
}

void Session::recover_branches(Reply reply) {
    broker_.list_branches([this, reply](const std::vector<std::string>& names) {
        if (closing_) return;
        DataArrayResponse found;
        found.correlation_id = reply.command_id;
        auto& ids = found.data.emplace();  // Java clients want an array, if only an empty one
        for (const std::string& name : names) {
            if (auto id = parse_branch_name(name)) ids.emplace_back(Object{Structure(*id)});
        }
        send(found);
    });
}

}  // namespace tern::openwire
