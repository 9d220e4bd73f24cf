#include "engine/shard_broker.h"

#include "base/log.h"
#include "broker/api/errors.h"
#include "engine/connection.h"

#include <algorithm>
#include <utility>

namespace tern::engine {

ShardBroker::ShardBroker(Loop& loop, store::Store& store, std::span<ShardBroker* const> peers,
                         broker::Observer* observer, std::move_only_function<void()> storage_failed)
    : loop_(loop),
      store_(store),
      peers_(peers),
      observer_(observer),
      storage_failed_(std::move(storage_failed)),
      catalog_(*this),
      turn_(loop.id(), 1),
      line_(loop.count()) {}

ShardBroker::~ShardBroker() = default;

Connection& ShardBroker::connect(broker::Listener& listener) {
    const broker::ConnectionNumber number{++last_connection_};
    auto connection = std::make_unique<Connection>(*this, number, listener);
    return *connections_.emplace(number, std::move(connection)).first->second;
}

void ShardBroker::disconnect(broker::ConnectionNumber number) {
    const auto found = connections_.find(number);
    if (found == connections_.end()) return;
    found->second->close();
    connections_.erase(number);
}

Connection* ShardBroker::find(broker::ConnectionNumber number) {
    const auto found = connections_.find(number);
    return found == connections_.end() ? nullptr : found->second.get();
}

void ShardBroker::ask(std::move_only_function<void(Catalog&, CatalogAnswer)> question,
                      CatalogAnswer answer) {
    if (id() == ShardId{0}) return question(catalog_, std::move(answer));
    loop_.post(ShardId{0}, [home = peers_[0], back = id(), question = std::move(question),
                            answer = std::move(answer)]() mutable {
        question(home->catalog(),
                 [home, back, answer = std::move(answer)](std::error_code error) mutable {
                     home->loop().post(
                         back, [error, answer = std::move(answer)]() mutable { answer(error); });
                 });
    });
}

void ShardBroker::apply(const Change& change) {
    switch (change.what) {
        case Change::What::add_queue:
            return add_queue(change.queue);
        case Change::What::remove_queue:
            return remove_queue(change);
        case Change::What::add_temporary:
            table_.add_temporary(change.temporary, change.owner);
            break;
        case Change::What::remove_temporary:
            table_.remove_temporary(change.temporary.view());
            break;
    }
    if (observer_ == nullptr) return;
    const bool added = change.what == Change::What::add_temporary;
    observer_->observe({.what = added ? broker::Event::What::destination_added
                                      : broker::Event::What::destination_removed,
                        .destination = change.temporary,
                        .connection = change.connection},
                       *this);
}

void ShardBroker::add_queue(const broker::QueueInfoPtr& info) {
    table_.add(info);
    if (info->owner == id()) prepare(info);
    if (observer_ == nullptr || info->is_subscription() || info->connection) return;
    observer_->observe({.what = broker::Event::What::destination_added,
                        .destination = info->bindings.front(),
                        .connection = {}},
                       *this);
}

void ShardBroker::prepare(const broker::QueueInfoPtr& info) {
    if (queues_.contains(info->id)) return;
    queues_.emplace(info->id, std::make_unique<broker::Queue>(info, *this));
}

void ShardBroker::remove_queue(const Change& change) {
    const broker::QueueInfo& info = *change.queue;
    table_.remove(info.id);
    if (info.owner == id()) {
        const auto found = queues_.find(info.id);
        if (info.durable == Durable::yes) {
            turn().batch.remove(info.id, change.defined_at, found->second->stored());
        }
        queues_.erase(found);
    }
    if (observer_ == nullptr || info.is_subscription() || info.connection) return;
    observer_->observe({.what = broker::Event::What::destination_removed,
                        .destination = info.bindings.front(),
                        .connection = {}},
                       *this);
}

void ShardBroker::recover(const broker::QueueInfoPtr& info,
                          std::vector<store::RecoveredMessage> messages) {
    table_.add(info);
    if (info->owner != id()) return;
    auto queue = std::make_unique<broker::Queue>(info, *this);
    for (store::RecoveredMessage& one : messages) {
        queue->enqueue(std::move(one.message), one.at, one.announced, one.announced ? 1 : 0);
    }
    queues_.emplace(info->id, std::move(queue));
}

std::pair<Routes, bool> ShardBroker::routes(const Message& message,
                                            std::span<const broker::QueueInfoPtr> to) {
    // Filled in place: gcc 12 sees an overread in the move of a small vector.
    std::pair<Routes, bool> result;
    auto& [routes, durable] = result;
    for (const broker::QueueInfoPtr& queue : to) {
        const bool consumed = queue->consumers.load(std::memory_order_relaxed) > 0;
        routes.push_back({.queue = queue->id, .owner = queue->owner, .announced = consumed});
        durable |= queue->durable == Durable::yes;
    }
    durable = durable && message.header().durable == Durable::yes;
    return result;
}

void ShardBroker::enqueue(const broker::QueueInfo& info, const MessagePtr& message) {
    if (info.owner == id()) return enqueue_transient(info.id, message, id());
    loop_.post(info.owner, [peer = peers_[info.owner.value], queue = info.id, message,
                            origin = id()] { peer->enqueue_transient(queue, message, origin); });
}

void ShardBroker::enqueue_transient(broker::QueueId queue, const MessagePtr& message,
                                    ShardId origin) {
    line_.run_behind(origin, [this, queue, message] {
        auto enqueue = [&message](broker::Queue& q) { q.enqueue(message, {}, true); };
        on_own_queue(queue, enqueue);
    });
}

void ShardBroker::deliver(const broker::ConsumerRef& to, const broker::QueueInfo& from,
                          std::vector<broker::Delivery> deliveries) {
    if (to.shard == id()) {
        if (Connection* connection = find(to.connection)) {
            connection->deliver(to.consumer, from, deliveries);
        }
        return;
    }
    // The copy of the pointer keeps the description alive until it has arrived.
    loop_.post(to.shard, [peer = peers_[to.shard.value], to, info = own(from.id)->info(),
                          deliveries = std::move(deliveries)] {
        if (Connection* connection = peer->find(to.connection)) {
            connection->deliver(to.consumer, *info, deliveries);
        }
    });
}

void ShardBroker::settled(const broker::QueueInfo& queue, broker::StoredAt at) {
    turn().batch.settle(queue.id, at);
}

void ShardBroker::mark(const broker::QueueInfo& queue, std::uint64_t lsn) {
    Turn& turn = this->turn();
    turn.batch.mark(queue.id, lsn);
    turn.then.push_back([this, id = queue.id, lsn](const Turn& durable) {
        broker::Queue* marked = own(id);
        if (marked == nullptr || durable.error()) return;
        marked->marked(lsn);
        touch(*marked);
    });
}

bool ShardBroker::wanted(const broker::DestinationView& topic) const {
    return std::ranges::any_of(table_.route(topic),
                               [this](const auto& queue) { return queue->owner == id(); });
}

void ShardBroker::publish(const broker::DestinationView& topic, MessagePtr message) {
    for (const broker::QueueInfoPtr& queue : table_.route(topic)) {
        if (queue->owner == id()) enqueue(*queue, message);
    }
}

broker::Queue* ShardBroker::own(broker::QueueId id) {
    const auto found = queues_.find(id);
    return found == queues_.end() ? nullptr : found->second.get();
}

void ShardBroker::touch(broker::Queue& queue) {
    if (queue.ready() == 0 || queue.consumers() == 0) return;
    if (touched_.empty() || touched_.back() != queue.info()->id) {
        touched_.push_back(queue.info()->id);
    }
    schedule_turn_end();
}

Turn& ShardBroker::turn() {
    schedule_turn_end();
    return turn_;
}

void ShardBroker::schedule_turn_end() {
    if (std::exchange(turn_end_scheduled_, true)) return;
    loop_.at_turn_end([this] { end_turn(); });
}

void ShardBroker::end_turn() {
    turn_end_scheduled_ = false;
    for (const broker::QueueId id : std::exchange(touched_, {})) {
        if (broker::Queue* queue = own(id)) queue->dispatch();
    }
    if (!turn_.empty()) flush_turn();
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
    for (std::uint16_t shard = 0; shard < concerned.size(); ++shard) {
        if (!concerned[shard]) continue;
        loop_.post(ShardId{shard}, [peer = peers_[shard], origin = id(), number = turn->number()] {
            peer->arrived(origin, number);
        });
    }
    store::Batch batch = std::move(turn->batch);
    store_.append(std::move(batch), [turn, concerned = std::move(concerned), peers = peers_](
                                        Result<std::span<const journal::Position>> outcome) {
        turn->settle_outcome(outcome);
        const auto tell = [&turn](ShardBroker* peer) {
            peer->loop().deliver([peer, turn] { peer->committed(turn); });
        };
        for (std::size_t shard = 0; shard < concerned.size(); ++shard) {
            if (concerned[shard]) tell(peers[shard]);
        }
        // It answers the clients: what they do then must find the others informed.
        tell(peers[turn->origin().value]);
    });
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
    if (!turn.error()) enqueue_own(turn);
    if (turn.origin() == id()) answer(turn);
}

void ShardBroker::enqueue_own(const Turn& turn) {
    for (const Publication& publication : turn.publications) {
        const broker::StoredAt at = turn.position(publication);
        for (const store::Route& route : publication.routes) {
            if (route.owner != id()) continue;
            if (broker::Queue* queue = own(route.queue)) {
                queue->enqueue(publication.message, at, route.announced);
                touch(*queue);
            } else if (at) {
                this->turn().batch.release(at);  // the queue was deleted meanwhile
            }
        }
    }
    for (const broker::DeliveryTag& tag : turn.consumed) {
        if (broker::Queue* queue = own(tag.queue)) queue->commit_staged({&tag.ordinal, 1});
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
}

}  // namespace tern::engine
