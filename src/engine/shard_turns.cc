// The part of ShardBroker that gathers what happens in a turn of its loop, and lets it reach the
// journal and then everybody.
#include "engine/connection.h"
#include "engine/shard_broker.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tern::engine {

Turn& ShardBroker::turn() {
    schedule_turn_end();
    return turn_;
}

void ShardBroker::schedule_turn_end() {
    if (std::exchange(turn_end_scheduled_, true)) return;
    turn_.began_us = now_us();
    loop_.at_turn_end([this] { end_turn(); });
}

void ShardBroker::end_turn() {
    turn_end_scheduled_ = false;
    for (const broker::QueueId id : std::exchange(touched_, {})) {
        broker::Queue* const queue = own(id);
        if (queue == nullptr) continue;
        const bool more = queue->dispatch(wall_ms());
        if (!more) {
            queue->discard();
            queue->purge_unwanted();
        }
        queue->note_bytes();
        if (!more) continue;
        loop_.post(this->id(), [this, id] {
            if (broker::Queue* const again = own(id)) touch(*again);
        });
    }
    check_memory();
    if (turn_.empty() || withdraw_latest()) return await_acks();
    flush_turn();
}

/// What was published in the turn before and is accepted by now need not be stored any more, nor
/// that it was accepted.
bool ShardBroker::withdraw_latest() {
    const Latest latest = std::exchange(latest_, {});
    if (latest.turn == nullptr || turns_under_way_ != 1) return false;
    if (!turn_.only_settles() || !turn_.batch.settles(latest.first, latest.count)) {
        latest_ = latest;
        return false;
    }
    if (!store_.withdraw(latest.first)) return false;
    turn_ = Turn(id(), turn_.number());
    ack_wait_.came();
    committed(latest.turn);
    return true;
}

/// The latest turn's messages went out with this one.
void ShardBroker::await_acks() {
    if (latest_.turn == nullptr || latest_.awaited || turns_under_way_ != 1) return;
    for (const Publication& one : latest_.turn->publications) {
        const broker::Queue* const queue = own(one.routes.front().queue);
        if (queue == nullptr || queue->ready() > 0) return;
    }
    latest_.awaited = true;
    loop_.linger();
}

void ShardBroker::flush_turn() {
    auto turn = std::make_shared<Turn>(std::exchange(turn_, Turn(id(), turn_.number() + 1)));
    std::vector<bool> concerned(loop_.count(), false);
    for (const Publication& publication : turn->publications) {
        for (const store::Route& route : publication.routes) concerned[route.owner.value] = true;
    }
    // Consumed messages may lie anywhere; their tags do not say where.
    if (!turn->consumed.empty()) concerned.assign(concerned.size(), true);
    concerned[id().value] = false;
    line_.arrived(id(), turn->number());
    turn->enqueued = may_enqueue_early(*turn);
    ++turns_under_way_;
    if (!turn->publications.empty()) ++publishing_turns_;
    for (std::uint16_t shard = 0; shard < loop_.count(); ++shard) {
        if (!concerned[shard]) continue;
        loop_.post(ShardId{shard}, [peer = peers_[shard], origin = id(), number = turn->number()] {
            peer->arrived(origin, number);
        });
    }
    store::Batch batch = std::move(turn->batch);
    const auto first = store_.append(
        std::move(batch), [this, turn, concerned = std::move(concerned),
                           peers = peers_](Result<std::span<const journal::Position>> outcome) {
            turn->settle_outcome(outcome);
            if (!turn->traced.empty()) turn->stored_us = now_us();
            const auto tell = [&turn](ShardBroker* peer) {
                peer->loop().deliver([peer, turn] { peer->committed(turn); });
            };
            for (std::size_t shard = 0; shard < concerned.size(); ++shard) {
                if (concerned[shard]) tell(peers[shard]);
            }
            // It answers the clients: what they do then must find the others informed.
            tell(peers[turn->origin().value]);
        });
    latest_ = {};
    if (!turn->enqueued) return;
    latest_ = {turn, first, turn->publications.size()};
    enqueue_own(*turn, first);
}

/// Consumers may have messages while they are being stored, if the journal's order is certain to be
/// that of the queues all the same: with one shard, behind nothing that waits; and if it is likely
/// that they need not be stored then. docs/adr/0009.
bool ShardBroker::may_enqueue_early(const Turn& turn) {
    return settings_->dispatch_while_storing && loop_.count() == 1 && publishing_turns_ == 0 &&
           turn.only_publishes() && !turn.atomic && ack_wait_.worth_it();
}

void ShardBroker::committed(std::shared_ptr<Turn> turn) {
    line_.add(std::move(turn));
    advance();
}

void ShardBroker::arrived(ShardId origin, std::uint64_t turn) {
    line_.arrived(origin, turn);
    advance();
}

void ShardBroker::advance() {
    line_.advance([this](Turn& turn) { apply(turn); });
}

void ShardBroker::apply(Turn& turn) {
    if (turn.origin() == id()) {
        --turns_under_way_;
        if (!turn.publications.empty()) --publishing_turns_;
        if (latest_.turn.get() == &turn) {
            if (latest_.awaited) ack_wait_.did_not_come();
            latest_ = {};
        }
    }
    if (turn.origin() == id() && !turn.traced.empty()) trace_stored(turn);
    if (!turn.error()) {
        if (!turn.enqueued) enqueue_own(turn, turn.first());
        note_confirmed(turn);
        for (const broker::DeliveryTag& tag : turn.consumed) {
            broker::Queue* const queue = own(tag.queue);
            if (queue == nullptr) continue;
            queue->commit_staged({&tag.ordinal, 1});
            queue->note_bytes();
        }
    }
    if (turn.origin() != id()) return;
    if (!turn.error() && !turn.places.empty()) store_.segments().settle(std::move(turn.places));
    answer(turn);
}

/// One of its messages stands for all.
void ShardBroker::note_confirmed(const Turn& turn) {
    if (turn.publications.empty() || !turn.publications.front().record) return;
    const store::Route& route = turn.publications.front().routes.front();
    if (route.owner != id()) return;
    broker::Queue* const queue = own(route.queue);
    if (queue != nullptr && queue->wants_confirm()) queue->note_confirmed(now_us() - turn.began_us);
}

std::int64_t ShardBroker::now_us() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               loop_.clock().now().time_since_epoch())
        .count();
}

void ShardBroker::enqueue_own(const Turn& turn, journal::Lsn first) {
    for (std::size_t i = 0; i < turn.publications.size(); ++i) {
        const Publication& publication = turn.publications[i];
        broker::StoredAt at;
        if (publication.record) at = {first.value + *publication.record};
        for (const store::Route& route : publication.routes) {
            if (route.owner != id()) continue;
            if (broker::Queue* queue = own(route.queue)) {
                queue->enqueue(publication.message, at, route.announced,
                               publication.routes.size() > 1);
                if (!turn.traced.empty()) trace_queued(turn, i, *queue);
                touch(*queue);
            } else if (at) {
                this->turn().batch.release(at);  // the queue was deleted meanwhile
            }
        }
    }
}

void ShardBroker::answer(Turn& turn) {
    const std::error_code error =
        turn.error() ? make_error_code(broker::Errc::storage_failed) : std::error_code();
    if (error) storage_failed_();
    for (auto& next : std::exchange(turn.then, {})) next(turn);
    for (const Answer& answer : turn.answers) {
        if (Connection* connection = find(answer.connection)) connection->answered(answer, error);
    }
    if (!turn.traced.empty()) trace_answered(turn);
}

}  // namespace tern::engine
