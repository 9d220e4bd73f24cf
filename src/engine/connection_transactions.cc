#include "base/assert.h"
#include "broker/api/errors.h"
#include "broker/api/xid.h"
#include "engine/client_events.h"
#include "engine/connection.h"
#include "engine/shard_broker.h"

namespace tern::engine {

using broker::DeliveryTag;
using broker::Errc;
using broker::Token;
using broker::TransactionNumber;

namespace {

std::string_view end_text(broker::BranchEnd end) {
    switch (end) {
        case broker::BranchEnd::commit_prepared:
        case broker::BranchEnd::commit:
            return "commit";
        case broker::BranchEnd::rollback:
            return "rollback";
        case broker::BranchEnd::forget:
            break;
    }
    return "forget";
}

/// True when a queue had no room for one: that does not go there.
bool turn_away(ShardBroker& shard, Transaction& work) {
    bool refused = false;
    std::erase_if(work.publishes, [&](StagedPublish& one) {
        if (one.queues.empty() || shard.turn_away(one.queues, one.message) == 0) return false;
        refused = true;
        return one.queues.empty();
    });
    return refused;
}

}  // namespace

void Connection::begin(TransactionNumber transaction) {
    if (waits()) return park([this, transaction] { begin(transaction); });
    tell_event(*this, shard_id(), broker::kTransactionEvents, "begins transaction {}",
               transaction.value);
    transactions_.try_emplace(transaction);
}

void Connection::commit(TransactionNumber transaction, Token token) {
    if (waits()) return park([this, transaction, token] { commit(transaction, token); });
    if (!waits_for_space(transaction, token)) commit_now(transaction, token);
}

void Connection::commit_now(TransactionNumber transaction, Token token) {
    const auto found = transactions_.extract(transaction);
    if (found.empty()) return complete(token, make_error_code(Errc::no_such_transaction));
    Transaction& staged = found.mapped();
    TERN_ASSERT(!staged.is_part);
    tell_event(*this, shard_id(), broker::kTransactionEvents, "commits transaction {}",
               transaction.value);
    std::vector<broker::Origin> ids;
    for (const StagedPublish& one : staged.publishes) {
        if (one.origin.is_message_id()) ids.push_back(one.origin);
    }
    if (ids.empty()) return commit_work(std::move(staged), token);
    commit_once(std::move(ids), std::move(staged), token);
}

void Connection::commit_work(Transaction work, Token token) {
    if (shard_.settings().policies.drops_when_full()) drop_unwanted(work);
    const bool refused = turn_away(shard_, work);
    shard_.commit(work, publisher());
    Turn& turn = shard_.turn();
    turn.then.push_back(
        [shard = &shard_, number = number_, accepts = std::move(work.accepts)](const Turn&) {
            if (Connection* const self = shard->find(number)) self->unstaged(accepts);
        });
    add_unconfirmed(turn, refused ? Token() : token, work.bytes);
    if (refused) complete(token, make_error_code(Errc::no_space));
}

void Connection::refuse_more(TransactionNumber transaction, Token token) {
    shard_.note_crossed(broker::Limit::transaction, peer_, "a transaction has too many messages");
    // Other parts may be those of other connections: who manages the branch ends it.
    if (!transactions_.at(transaction).is_part) {
        auto found = transactions_.extract(transaction);
        forget(transaction, std::move(found.mapped()));
    }
    complete(token, make_error_code(Errc::transaction_too_large));
}

void Connection::rollback(TransactionNumber transaction, Token token) {
    if (waits()) return park([this, transaction, token] { rollback(transaction, token); });
    auto found = transactions_.extract(transaction);
    if (found.empty()) return complete(token, make_error_code(Errc::no_such_transaction));
    tell_event(*this, shard_id(), broker::kTransactionEvents, "rolls back transaction {}",
               transaction.value);
    forget(transaction, std::move(found.mapped()));
    complete(token);
}

void Connection::forget(TransactionNumber number, Transaction transaction) {
    if (transaction.is_part) return leave_branch(number, std::move(transaction));
    unstaged(transaction.accepts);
    shard_.rollback(transaction);
}

void Connection::unstaged(std::span<const StagedAccept> accepts) {
    for (const StagedAccept& accept : accepts) {
        for (const DeliveryTag& tag : accept.tags) staged_.erase(tag);
    }
}

// ---- Branches of distributed transactions

void Connection::ask_branch(Question question, Then then) {
    asks_about_branch_ = true;
    ask(std::move(question),
        [then = std::move(then)](Connection& self, std::error_code error) mutable {
            self.asks_about_branch_ = false;
            then(self, error);
        });
}

void Connection::join_branch(const std::string& name, TransactionNumber transaction, Token token) {
    if (waits()) {
        return park([this, name, transaction, token] { join_branch(name, transaction, token); });
    }
    if (const auto error = check_admitted()) return complete(token, error);
    tell_event(*this, shard_id(), broker::kTransactionEvents,
               "takes part in {}, as its transaction {}", broker::branch_text(name),
               transaction.value);
    transactions_[transaction].is_part = true;
    ask_branch([name, part = PartKey{shard_.id(), number_, transaction}](
                   Catalog& catalog,
                   CatalogAnswer answer) { catalog.join_branch(name, part, std::move(answer)); },
               [transaction, token](Connection& self, std::error_code error) {
                   if (error) self.transactions_.erase(transaction);
                   self.complete(token, error);
               });
}

void Connection::hand_in(TransactionNumber transaction) {
    // What waits to be done may belong to it. But if this connection itself asks about a branch,
    // all that it had said before is done.
    if (waits() && !asks_about_branch_) return park([this, transaction] { hand_in(transaction); });
    const auto part = transactions_.extract(transaction);
    if (!part.empty()) hand_in(transaction, std::move(part.mapped()));
}

void Connection::hand_in(TransactionNumber transaction, Transaction work) {
    shard_.hand_in({.key = {shard_.id(), number_, transaction},
                    .work = std::move(work),
                    .client_id = client_id_});
}

void Connection::leave_branch(TransactionNumber transaction, Transaction work) {
    shard_.ask(
        [part = PartKey{shard_.id(), number_, transaction}](Catalog& catalog,
                                                            CatalogAnswer answer) {
            catalog.leave_branch(part);
            answer({});
        },
        [](std::error_code) {});
    hand_in(transaction, std::move(work));
}

void Connection::branch_ended(TransactionNumber transaction, std::span<const StagedAccept> accepts,
                              bool committed) {
    unstaged(accepts);
    if (!closed_) listener_.branch_ended(transaction, committed);
}

void Connection::prepare_branch(const std::string& name, Token token) {
    if (waits()) return park([this, name, token] { prepare_branch(name, token); });
    if (const auto error = check_admitted()) return complete(token, error);
    tell_event(*this, shard_id(), broker::kTransactionEvents, "prepares {}",
               broker::branch_text(name));
    ask_branch([name](Catalog& catalog,
                      CatalogAnswer answer) { catalog.prepare_branch(name, std::move(answer)); },
               [token](Connection& self, std::error_code error) { self.complete(token, error); });
}

void Connection::finish_branch(const std::string& name, broker::BranchEnd end, Token token) {
    if (waits()) return park([this, name, end, token] { finish_branch(name, end, token); });
    if (const auto error = check_admitted()) return complete(token, error);
    tell_event(*this, shard_id(), broker::kTransactionEvents, "ends {}: {}",
               broker::branch_text(name), end_text(end));
    ask_branch(
        [name, end](Catalog& catalog, CatalogAnswer answer) {
            catalog.finish_branch(name, end, std::move(answer));
        },
        [token](Connection& self, std::error_code error) { self.complete(token, error); });
}

void Connection::list_branches(std::move_only_function<void(std::vector<std::string>)> answer) {
    if (waits()) {
        return park(
            [this, answer = std::move(answer)]() mutable { list_branches(std::move(answer)); });
    }
    auto names = std::make_shared<std::vector<std::string>>();
    ask(
        [names](Catalog& catalog, CatalogAnswer done) {
            for (broker::BranchStatus& one : catalog.list_branches()) {
                names->push_back(std::move(one.name));
            }
            done({});
        },
        [names, answer = std::move(answer)](Connection&, std::error_code) mutable {
            answer(std::move(*names));
        });
}

}  // namespace tern::engine
