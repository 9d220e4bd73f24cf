#include "broker/api/errors.h"
#include "engine/connection.h"
#include "engine/shard_broker.h"

namespace tern::engine {

using broker::DeliveryTag;
using broker::Errc;
using broker::Token;
using broker::TransactionNumber;

void Connection::begin(TransactionNumber transaction) {
    if (waits()) return park([this, transaction] { begin(transaction); });
    transactions_.try_emplace(transaction);
}

void Connection::commit(TransactionNumber transaction, Token token) {
    if (waits()) return park([this, transaction, token] { commit(transaction, token); });
    const auto found = transactions_.extract(transaction);
    if (found.empty()) return complete(token, make_error_code(Errc::no_such_transaction));
    Transaction& staged = found.mapped();
    Turn& turn = shard_.turn();
    turn.atomic = true;
    const Publisher sender = publisher();
    // Queues deleted since the publish are not made again: the message has no destination any more.
    for (const StagedPublish& one : staged.publishes) {
        std::vector<broker::QueueInfoPtr> found_now;
        const std::span<const broker::QueueInfoPtr> queues =
            one.queues.empty() ? find_queues(one.to.view(), *one.message, found_now)
                               : std::span<const broker::QueueInfoPtr>(one.queues);
        Routed routed = route(*one.message, queues, &sender);
        stage(one.message, std::move(routed), one.origin, turn);
    }
    for (const StagedAccept& accept : staged.accepts) {
        for (const DeliveryTag& tag : accept.tags) {
            if (tag.at) turn.batch.settle(tag.queue, tag.at);
            turn.consumed.push_back(tag);
        }
    }
    turn.then.push_back(
        [shard = &shard_, number = number_, accepts = std::move(staged.accepts)](const Turn&) {
            Connection* const self = shard->find(number);
            if (self == nullptr) return;
            for (const StagedAccept& accept : accepts) {
                for (const DeliveryTag& tag : accept.tags) self->staged_.erase(tag);
            }
        });
    add_unconfirmed(turn, token, staged.bytes);
}

void Connection::rollback(TransactionNumber transaction, Token token) {
    if (waits()) return park([this, transaction, token] { rollback(transaction, token); });
    auto found = transactions_.extract(transaction);
    if (found.empty()) return complete(token, make_error_code(Errc::no_such_transaction));
    forget(found.mapped());
    complete(token);
}

void Connection::forget(const Transaction& transaction) {
    for (const StagedAccept& accept : transaction.accepts) {
        for (const DeliveryTag& tag : accept.tags) {
            staged_.erase(tag);
            // A durable queue stays as long as any of its messages is staged.
            const broker::QueueInfoPtr queue = shard_.table().find(tag.queue);
            if (queue == nullptr) continue;
            shard_.on_queue(*queue, [who = ref(accept.consumer), ordinal = tag.ordinal](
                                        broker::Queue& q) { q.unstage(who, {&ordinal, 1}); });
        }
    }
}

}  // namespace tern::engine
