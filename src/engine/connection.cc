#include "engine/connection.h"

#include "broker/api/errors.h"
#include "engine/shard_broker.h"

#include <algorithm>
#include <map>
#include <utility>

namespace tern::engine {

using broker::ConsumerNumber;
using broker::DeliveryTag;
using broker::Destination;
using broker::DestinationView;
using broker::Errc;
using broker::Token;
using broker::TransactionNumber;

namespace {

std::vector<std::uint64_t> ordinals(std::span<const DeliveryTag> tags) {
    std::vector<std::uint64_t> all;
    all.reserve(tags.size());
    for (const DeliveryTag& tag : tags) all.push_back(tag.ordinal);
    return all;
}

}  // namespace

Connection::Connection(ShardBroker& shard, broker::ConnectionNumber number,
                       broker::Listener& listener)
    : shard_(shard), number_(number), listener_(listener) {}

bool Connection::blocked() const {
    return waiting_ || !parked_.empty() || unconfirmed_bytes_ > kUnconfirmedBytesMax ||
           shard_.loop().congested();
}

void Connection::answered(const Answer& answer, std::error_code error) {
    --unconfirmed_;
    unconfirmed_bytes_ -= answer.bytes;
    complete(answer.token, error);
    if (unblocked_ && !blocked()) std::exchange(unblocked_, nullptr)();
}

void Connection::deliver(ConsumerNumber consumer, const broker::QueueInfo& from,
                         std::span<const broker::Delivery> deliveries) {
    // What crossed the consumer's close on its way is back on the queue already.
    if (consumers_.contains(consumer)) listener_.deliver(consumer, from, deliveries);
}

void Connection::complete(Token token, std::error_code error) {
    if (token) listener_.completed(token, error);
}

void Connection::ask(Question question, Then then,
                     std::move_only_function<void(ShardBroker*)> orphaned) {
    waiting_ = true;
    shard_.ask(std::move(question),
               [&shard = shard_, number = number_, then = std::move(then),
                orphaned = std::move(orphaned)](std::error_code error) mutable {
                   Connection* const connection = shard.find(number);
                   if (connection != nullptr && !connection->closed_) {
                       connection->waiting_ = false;
                       then(*connection, error);
                       connection->resume();
                   } else if (orphaned) {
                       orphaned(&shard);
                   }
               });
}

void Connection::resume() {
    while (!waiting_ && !closed_ && !parked_.empty()) {
        Task next = std::move(parked_.front());
        parked_.pop_front();
        next();
    }
    if (unblocked_ && !blocked()) std::exchange(unblocked_, nullptr)();
}

bool Connection::ensure(const DestinationView& destination, Token token, Task again) {
    if (exists(destination)) return true;
    if (destination.temporary) {
        complete(token, make_error_code(Errc::no_such_destination));
        return false;
    }
    ask(
        [queue = Destination(destination)](Catalog& catalog, CatalogAnswer answer) {
            catalog.declare(queue, false, std::move(answer));
        },
        [again = std::move(again)](Connection&, std::error_code) mutable { again(); });
    return false;
}

void Connection::publish(broker::Publish command) {
    if (waits()) return park(repeat(command));
    if (!exists(command.to)) {
        std::ignore = ensure(command.to, command.token, repeat(command));
        return;
    }
    if (!command.transaction) return publish_now(command);
    const auto found = transactions_.find(command.transaction);
    if (found == transactions_.end()) {
        return complete(command.token, make_error_code(Errc::no_such_transaction));
    }
    found->second.bytes += command.message->memory_bytes();
    found->second.publishes.push_back(
        {Destination(command.to), std::move(command.message), command.origin});
    complete(command.token);
}

Task Connection::repeat(const broker::Publish& command) {
    return [this, to = Destination(command.to), copy = broker::Publish(command)]() mutable {
        copy.to = to.view();
        publish(std::move(copy));
    };
}

void Connection::publish_now(const broker::Publish& command) {
    const auto queues = shard_.table().route(command.to);
    const bool durable = ShardBroker::routes(*command.message, queues).second;
    if (!durable && unconfirmed_ == 0) {
        for (const broker::QueueInfoPtr& queue : queues) shard_.enqueue(*queue, command.message);
        return complete(command.token);
    }
    if (durable && command.maybe_repeated && is_repeated(command)) return;
    Turn& turn = shard_.turn();
    route(command.to, command.message, command.origin, turn);
    add_unconfirmed(turn, command.token, command.message->memory_bytes());
}

bool Connection::is_repeated(const broker::Publish& command) {
    const auto known = repeated_up_to_.find(command.origin.producer);
    if (known == repeated_up_to_.end()) {
        look_up_producer(command.origin, repeat(command));
        return true;
    }
    if (command.origin.sequence > known->second) return false;
    // The first copy may still be on its way to the journal: the answer gets in line behind it.
    add_unconfirmed(shard_.turn(), command.token, 0);
    return true;
}

void Connection::look_up_producer(const broker::Origin& origin, Task again) {
    struct Search {
        std::uint64_t last = 0;
        std::uint16_t left = 0;
        Task again;
    };
    auto search = std::make_shared<Search>(0, shard_.loop().count(), std::move(again));
    waiting_ = true;
    const auto found = [shard = &shard_, number = number_, producer = origin.producer,
                        search](std::uint64_t last) {
        search->last = std::max(search->last, last);
        if (--search->left > 0) return;
        Connection* const self = shard->find(number);
        if (self == nullptr) return;
        self->repeated_up_to_[producer] = search->last;
        self->waiting_ = false;
        search->again();
        self->resume();
    };
    for (ShardBroker* const peer : shard_.peers()) {
        if (peer == &shard_) {
            found(peer->producers().last(origin.producer));
            continue;
        }
        shard_.loop().post(
            peer->id(), [peer, back = shard_.id(), producer = origin.producer, found] {
                peer->loop().post(
                    back, [found, last = peer->producers().last(producer)] { found(last); });
            });
    }
}

void Connection::route(const DestinationView& to, const MessagePtr& message,
                       const broker::Origin& origin, Turn& turn) {
    auto [routes, durable] = ShardBroker::routes(*message, shard_.table().route(to));
    if (routes.empty()) return;
    Publication publication{.message = message, .routes = std::move(routes), .record = {}};
    if (durable) {
        publication.record = turn.batch.publish(*message, publication.routes, origin);
        shard_.producers().note(origin);
    }
    turn.publications.push_back(std::move(publication));
}

void Connection::add_unconfirmed(Turn& turn, Token token, std::size_t bytes) {
    ++unconfirmed_;
    unconfirmed_bytes_ += bytes;
    turn.answers.push_back({number_, token, bytes});
}

void Connection::subscribe(broker::Subscribe command) {
    if (waits()) {
        return park(
            [this, command = std::move(command)]() mutable { subscribe(std::move(command)); });
    }
    const DestinationView first = command.destinations.front().view();
    if (command.mode == broker::Subscribe::Mode::browse) {
        if (shard_.table().route(first).empty()) {
            std::ignore = ensure(first, command.token, [this, command] { subscribe(command); });
            return;
        }
        return browse(command);
    }
    if (const broker::TemporaryOwner* owner = shard_.table().owner(first)) {
        if (*owner != broker::TemporaryOwner{shard_.id(), number_}) {
            return complete(command.token, make_error_code(Errc::not_the_owner));
        }
    } else if (first.temporary) {
        // Consumers may be restored before their temporary destination is.
        return declare_temporary(
            command.destinations.front(),
            [command](Connection& self, std::error_code) { self.subscribe(command); });
    }
    if (first.domain == broker::Domain::topic) return open_subscription(command);
    if (shard_.table().route(first).empty()) {
        std::ignore = ensure(first, command.token, [this, command] { subscribe(command); });
        return;
    }
    open_queue(command);
}

void Connection::open_queue(const broker::Subscribe& command) {
    const broker::QueueInfoPtr queue =
        shard_.table().route(command.destinations.front().view()).front();
    consumers_[command.consumer] = queue;
    shard_.on_queue(*queue, [who = ref(command.consumer),
                             credit = command.credit](broker::Queue& q) { q.open(who, credit); });
    complete(command.token);
}

void Connection::open_subscription(const broker::Subscribe& command) {
    auto id = std::make_shared<broker::QueueId>();
    ask(
        [id, topics = command.destinations, owner = broker::TemporaryOwner{shard_.id(), number_}](
            Catalog& catalog, CatalogAnswer answer) {
            *id = catalog.next_id();
            catalog.subscribe(*id, topics, owner, std::move(answer));
        },
        [id, command](Connection& self, std::error_code error) {
            if (error) return self.complete(command.token, error);
            const broker::QueueInfoPtr queue = self.shard_.table().find(*id);
            self.consumers_[command.consumer] = queue;
            self.shard_.on_queue(
                *queue, [who = self.ref(command.consumer),
                         credit = command.credit](broker::Queue& q) { q.open(who, credit); });
            self.complete(command.token);
        },
        [id](ShardBroker* shard) {
            shard->ask([id](Catalog& catalog,
                            CatalogAnswer answer) { catalog.remove(*id, std::move(answer)); },
                       [](std::error_code) {});
        });
}

void Connection::browse(const broker::Subscribe& command) {
    const broker::QueueInfoPtr queue =
        shard_.table().route(command.destinations.front().view()).front();
    complete(command.token);
    shard_.on_queue(*queue, [shard = &shard_, queue, number = number_,
                             consumer = command.consumer](broker::Queue& q) {
        ShardBroker* const here = shard->peers()[queue->owner.value];
        here->loop().post(shard->id(), [shard, queue, number, consumer, content = q.browse()] {
            if (Connection* self = shard->find(number)) {
                self->listener_.browsed(consumer, *queue, content);
            }
        });
    });
}

void Connection::unsubscribe(ConsumerNumber consumer, std::span<const DeliveryTag> failed,
                             Token token) {
    if (waits()) {
        return park([this, consumer, failed = std::vector(failed.begin(), failed.end()), token] {
            unsubscribe(consumer, failed, token);
        });
    }
    const auto found = consumers_.extract(consumer);
    if (!found.empty()) close_consumer(consumer, *found.mapped(), failed);
    complete(token);
}

void Connection::close_consumer(ConsumerNumber consumer, const broker::QueueInfo& queue,
                                std::optional<std::span<const DeliveryTag>> failed) {
    if (queue.is_subscription()) {
        return shard_.ask(
            [id = queue.id](Catalog& catalog, CatalogAnswer answer) {
                catalog.remove(id, std::move(answer));
            },
            [](std::error_code) {});
    }
    if (!failed) {
        return shard_.on_queue(queue, [who = ref(consumer)](broker::Queue& q) { q.lose(who); });
    }
    shard_.on_queue(queue, [who = ref(consumer), failed = ordinals(*failed)](broker::Queue& q) {
        q.close(who, failed);
    });
}

void Connection::grant(ConsumerNumber consumer, std::uint32_t credit) {
    if (waits()) return park([this, consumer, credit] { grant(consumer, credit); });
    const auto found = consumers_.find(consumer);
    if (found == consumers_.end()) return;
    shard_.on_queue(*found->second,
                    [who = ref(consumer), credit](broker::Queue& q) { q.grant(who, credit); });
}

void Connection::drain(ConsumerNumber consumer, Token token) {
    if (waits()) return park([this, consumer, token] { drain(consumer, token); });
    const auto found = consumers_.find(consumer);
    if (found == consumers_.end()) return complete(token, make_error_code(Errc::no_such_consumer));
    const broker::QueueInfoPtr queue = found->second;
    shard_.on_queue(*queue, [shard = &shard_, owner = queue->owner, who = ref(consumer),
                             token](broker::Queue& q) {
        q.drain(who);
        ShardBroker* const here = shard->peers()[owner.value];
        here->loop().post(shard->id(), [shard, who, token] {
            if (Connection* self = shard->find(who.connection)) self->complete(token);
        });
    });
}

void Connection::settle(ConsumerNumber consumer, std::span<const DeliveryTag> tags,
                        broker::Outcome outcome, TransactionNumber transaction) {
    if (tags.empty()) return;
    if (waits()) {
        return park([this, consumer, tags = std::vector(tags.begin(), tags.end()), outcome,
                     transaction] { settle(consumer, tags, outcome, transaction); });
    }
    const auto found = consumers_.find(consumer);
    if (found == consumers_.end()) return;
    if (!transaction) {
        return shard_.on_queue(
            *found->second, [who = ref(consumer), all = ordinals(tags), outcome](broker::Queue& q) {
                q.settle(who, all, outcome);
            });
    }
    const auto open = transactions_.find(transaction);
    if (open == transactions_.end()) return;
    std::vector<DeliveryTag> fresh;
    std::ranges::copy_if(tags, std::back_inserter(fresh),
                         [this](const DeliveryTag& tag) { return staged_.insert(tag).second; });
    shard_.on_queue(*found->second, [who = ref(consumer), all = ordinals(fresh)](broker::Queue& q) {
        q.stage(who, all);
    });
    open->second.accepts.push_back({consumer, std::move(fresh)});
}

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
    // Queues deleted since the publish are not made again: the message has no destination any more.
    for (const StagedPublish& one : staged.publishes) {
        route(one.to.view(), one.message, one.origin, turn);
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

void Connection::declare(const Destination& destination, Token token) {
    if (waits()) return park([this, destination, token] { declare(destination, token); });
    const auto done = [token](Connection& self, std::error_code error) {
        self.complete(token, error);
    };
    if (!destination.temporary) {
        if (destination.domain == broker::Domain::topic) return complete(token);
        return ask(
            [destination](Catalog& catalog, CatalogAnswer answer) {
                catalog.declare(destination, true, std::move(answer));
            },
            done);
    }
    if (shard_.table().owner(destination.view()) != nullptr) return complete(token);
    declare_temporary(destination, done);
}

void Connection::declare_temporary(const Destination& destination, Then then) {
    temporaries_.push_back(destination);
    ask(
        [destination, owner = broker::TemporaryOwner{shard_.id(), number_}, instance = instance_](
            Catalog& catalog, CatalogAnswer answer) {
            catalog.add_temporary(destination, owner, instance, std::move(answer));
        },
        std::move(then),
        [destination, instance = instance_](ShardBroker* shard) {
            shard->ask(
                [destination, instance](Catalog& catalog, CatalogAnswer answer) {
                    catalog.remove_temporary(destination, instance, std::move(answer));
                },
                [](std::error_code) {});
        });
}

void Connection::remove(const Destination& destination, Token token) {
    if (waits()) return park([this, destination, token] { remove(destination, token); });
    const auto done = [token](Connection& self, std::error_code error) {
        self.complete(token, error);
    };
    if (destination.temporary) {
        std::erase(temporaries_, destination);
        return ask(
            [destination, instance = instance_](Catalog& catalog, CatalogAnswer answer) {
                catalog.remove_temporary(destination, instance, std::move(answer));
            },
            done);
    }
    const auto queues = shard_.table().route(destination.view());
    if (destination.domain == broker::Domain::topic) {
        return complete(token,
                        queues.empty() ? std::error_code() : make_error_code(Errc::has_consumers));
    }
    if (queues.empty()) return complete(token);
    ask([id = queues.front()->id](Catalog& catalog,
                                  CatalogAnswer answer) { catalog.remove(id, std::move(answer)); },
        done);
}

bool Connection::exists(const DestinationView& destination) const {
    if (destination.temporary) return shard_.table().owner(destination) != nullptr;
    return destination.domain == broker::Domain::topic ||
           !shard_.table().route(destination).empty();
}

std::vector<Destination> Connection::temporary_destinations() const {
    return shard_.table().temporary_destinations();
}

void Connection::identify(std::string_view client_id, std::string_view instance, Token token) {
    if (waits()) {
        return park([this, id = std::string(client_id), name = std::string(instance), token] {
            identify(id, name, token);
        });
    }
    client_id_ = client_id;
    instance_ = instance;
    ask([id = client_id_, name = instance_, owner = broker::TemporaryOwner{shard_.id(), number_}](
            Catalog& catalog,
            CatalogAnswer answer) { catalog.identify(id, name, owner, std::move(answer)); },
        [token](Connection& self, std::error_code error) {
            if (error) self.client_id_.clear();
            self.complete(token, error);
        });
}

std::int64_t Connection::wall_ms() const {
    return shard_.loop().clock().wall_ms();
}

void Connection::evict() {
    close();
    listener_.evicted();
}

void Connection::close() {
    if (std::exchange(closed_, true)) return;
    parked_.clear();
    for (const auto& [consumer, queue] : std::exchange(consumers_, {})) {
        close_consumer(consumer, *queue, std::nullopt);
    }
    for (const auto& [number, transaction] : std::exchange(transactions_, {})) {
        forget(transaction);
    }
    for (const Destination& temporary : std::exchange(temporaries_, {})) {
        shard_.ask(
            [temporary, instance = instance_](Catalog& catalog, CatalogAnswer answer) {
                catalog.remove_temporary(temporary, instance, std::move(answer));
            },
            [](std::error_code) {});
    }
    if (client_id_.empty()) return;
    shard_.ask(
        [id = client_id_, owner = broker::TemporaryOwner{shard_.id(), number_}](
            Catalog& catalog, CatalogAnswer answer) {
            catalog.forget_client(id, owner);
            answer({});
        },
        [](std::error_code) {});
}

broker::ConsumerRef Connection::ref(ConsumerNumber consumer) const {
    return {shard_.id(), number_, consumer};
}

}  // namespace tern::engine
