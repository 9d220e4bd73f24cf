#include "engine/connection.h"

#include "broker/api/errors.h"
#include "broker/schedule/schedule.h"
#include "engine/client_events.h"
#include "engine/connection_exchanges.h"
#include "engine/large_bodies.h"
#include "engine/presence.h"
#include "engine/shard_broker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tern::engine {

using broker::ConsumerNumber;
using broker::Destination;
using broker::DestinationView;
using broker::Errc;
using broker::Token;
using security::Right;

Connection::Connection(ShardBroker& shard, broker::ConnectionNumber number,
                       broker::Listener& listener)
    : shard_(shard),
      number_(number),
      listener_(listener),
      places_(shard),
      connected_at_ms_(wall_ms()),
      space_timer_([this] { try_waiting(); }) {}

Connection::~Connection() = default;

broker::ExchangeBroker& Connection::exchanges() {
    if (exchanges_ == nullptr) exchanges_ = std::make_unique<ConnectionExchanges>(*this);
    return *exchanges_;
}

broker::LargeBodies* Connection::large_bodies() {
    store::LargeFiles* const files = shard_.store().large();
    if (files == nullptr) return nullptr;
    if (large_bodies_ == nullptr) {
        large_bodies_ = std::make_unique<LargeBodies>(shard_, number_, *files);
    }
    return large_bodies_.get();
}

broker::Operations* Connection::operations() {
    return shard_.operations();
}

void Connection::written(std::size_t bytes) {
    unconfirmed_bytes_ -= bytes;
    unblock();
}

void Connection::cancelled(ConsumerNumber consumer) {
    if (consumers_.erase(consumer) == 0) return;
    if (presence_ != nullptr) presence_->closed(consumer);
    listener_.cancelled(consumer);
}

bool Connection::blocked() const {
    return waits() || !parked_.empty() || unconfirmed_bytes_ > kUnconfirmedBytesMax ||
           (waiting_bytes_ > 0 && waiting_bytes_ > shard_.waiting_bytes_max()) ||
           shard_.loop().congested();
}

void Connection::when_unblocked(Task unblocked) {
    unblocked_ = std::move(unblocked);
    await_clear();
}

void Connection::unblock() {
    if (!unblocked_) return;
    if (blocked()) return await_clear();
    std::exchange(unblocked_, nullptr)();
}

void Connection::await_clear() {
    if (!shard_.loop().congested() || std::exchange(awaits_clear_, true)) return;
    shard_.loop().when_clear([&shard = shard_, number = number_] {
        Connection* const self = shard.find(number);
        if (self == nullptr) return;
        self->awaits_clear_ = false;
        self->unblock();
    });
}

bool Connection::only_sends() const {
    return published_ > 0 &&
           std::ranges::none_of(consumers_, [](const auto& one) { return one.second.counts; });
}

void Connection::answered(const Answer& answer, std::error_code error) {
    --unconfirmed_;
    unconfirmed_bytes_ -= answer.bytes;
    complete(answer.token, error);
    unblock();
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
    while (!waits() && !closed_ && !parked_.empty()) {
        Task next = std::move(parked_.front());
        parked_.pop_front();
        next();
    }
    unblock();
}

bool Connection::ensure(const DestinationView& destination, Token token, Task again) {
    const bool missing = is_missing(destination);
    if (exists(destination) && !missing) return true;
    if (destination.temporary) return remake(destination, token, std::move(again));
    if (missing) {
        ensure_topic(destination, token, std::move(again));
        return false;
    }
    if (const auto error = check(Right::admin, destination, Errc::may_not_create)) {
        complete(token, error);
        return false;
    }
    // What a protocol keeps for itself it makes itself.
    if (!destination.name.starts_with('$') &&
        !shard_.settings().policies.find(destination)->auto_create) {
        complete(token, make_error_code(Errc::no_such_destination));
        return false;
    }
    ask([queue = Destination(destination), user = std::string(user())](
            Catalog& catalog,
            CatalogAnswer answer) { catalog.declare(queue, user, false, std::move(answer)); },
        [again = std::move(again), token](Connection& self, std::error_code error) mutable {
            if (error) return self.complete(token, error);
            again();
        });
    return false;
}

bool Connection::remake(const DestinationView& temporary, Token token, Task again) {
    if (!shard_.settings().temporary_made_on_send) {
        complete(token, make_error_code(Errc::no_such_destination));
        return false;
    }
    if (const auto error = check(Right::admin, temporary, Errc::may_not_create)) {
        complete(token, error);
        return false;
    }
    declare_temporary(Destination(temporary), [again = std::move(again), token](
                                                  Connection& self, std::error_code error) mutable {
        if (error) return self.complete(token, error);
        again();
    });
    return false;
}

std::optional<Destination> Connection::translate(const DestinationView& named) const {
    return shard_.settings().names.translate(named);
}

void Connection::ensure_topic(const DestinationView& topic, Token token, Task again) {
    ask([name = std::string(topic.name), may_make = allowed(Right::admin, topic)](
            Catalog& catalog,
            CatalogAnswer answer) { catalog.declare_topic(name, may_make, std::move(answer)); },
        [topic = Destination(topic), token, again = std::move(again)](
            Connection& self, std::error_code error) mutable {
            if (error) {
                self.note_refusal(topic.view(), Errc::may_not_create);
                return self.complete(token, error);
            }
            self.access_.found(topic.view());
            again();
        });
}

void Connection::declare(const Destination& destination, Token token) {
    if (const auto known = translate(destination.view())) return declare(*known, token);
    if (waits()) return park([this, destination, token] { declare(destination, token); });
    const auto done = [token](Connection& self, std::error_code error) {
        self.complete(token, error);
    };
    if (!destination.temporary) {
        const DestinationView wanted = destination.view();
        if (destination.domain == broker::Domain::topic) {
            const auto again = [this, destination, token] { declare(destination, token); };
            if (ensure(wanted, token, again)) complete(token, check_admitted());
            return;
        }
        if (!exists(wanted)) {
            const auto error = check(Right::admin, wanted, Errc::may_not_create);
            if (error) return complete(token, error);
        }
        return ask(
            [destination, user = std::string(user())](Catalog& catalog, CatalogAnswer answer) {
                catalog.declare(destination, user, true, std::move(answer));
            },
            done);
    }
    if (shard_.table().owner(destination.view()) != nullptr) return complete(token);
    const auto error = check(Right::admin, destination.view(), Errc::may_not_create);
    if (error) return complete(token, error);
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
    if (const auto known = translate(destination.view())) return remove(*known, token);
    if (waits()) return park([this, destination, token] { remove(destination, token); });
    if (broker::is_schedule(destination.view())) {
        return complete(token, make_error_code(Errc::no_such_destination));
    }
    const auto done = [token](Connection& self, std::error_code error) {
        self.complete(token, error);
    };
    if (destination.temporary) {
        const broker::TemporaryOwner* const owner = shard_.table().owner(destination.view());
        if (owner != nullptr && *owner != broker::TemporaryOwner{shard_.id(), number_}) {
            return complete(token, make_error_code(Errc::not_the_owner));
        }
        std::erase(temporaries_, destination);
        return ask(
            [destination, instance = instance_](Catalog& catalog, CatalogAnswer answer) {
                catalog.remove_temporary(destination, instance, std::move(answer));
            },
            done);
    }
    const auto error = check(Right::admin, destination.view(), Errc::may_not_remove);
    if (error) return complete(token, error);
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

void Connection::leave(Token token) {
    if (waits()) return park([this, token] { leave(token); });
    const auto go_on = [token](Connection& self, std::error_code) { self.leave(token); };
    if (!temporaries_.empty()) {
        const Destination temporary = std::move(temporaries_.back());
        temporaries_.pop_back();
        return ask(
            [temporary, instance = instance_](Catalog& catalog, CatalogAnswer answer) {
                catalog.remove_temporary(temporary, instance, std::move(answer));
            },
            go_on);
    }
    if (client_id_.empty()) return complete(token);
    ask(
        [id = std::exchange(client_id_, {}), owner = broker::TemporaryOwner{shard_.id(), number_}](
            Catalog& catalog, CatalogAnswer answer) {
            catalog.forget_client(id, owner);
            answer({});
        },
        go_on);
}

bool Connection::exists(const DestinationView& destination) const {
    if (const auto known = translate(destination)) return exists(known->view());
    if (destination.temporary) return shard_.table().owner(destination) != nullptr;
    return destination.domain == broker::Domain::topic ||
           !shard_.table().route(destination).empty();
}

std::uint32_t Connection::prefetch(const DestinationView& destination,
                                   broker::ConsumerKind kind) const {
    if (const auto known = translate(destination)) return prefetch(known->view(), kind);
    const broker::PolicyPtr policy = shard_.settings().policies.find(destination);
    std::int32_t most = policy->queue_prefetch;
    switch (kind) {
        case broker::ConsumerKind::queue:
            break;
        case broker::ConsumerKind::browser:
            most = policy->queue_browser_prefetch;
            break;
        case broker::ConsumerKind::topic:
            most = policy->topic_prefetch;
            break;
        case broker::ConsumerKind::durable:
            most = policy->durable_topic_prefetch;
            break;
    }
    return static_cast<std::uint32_t>(std::max(most, 0));
}

bool Connection::extends_prefetch(const DestinationView& destination) const {
    const auto known = translate(destination);
    return shard_.settings().policies.find(known ? known->view() : destination)->prefetch_extension;
}

std::vector<Destination> Connection::temporary_destinations() const {
    return shard_.table().temporary_destinations();
}

std::vector<Destination> Connection::queues() const {
    std::vector<Destination> all;
    for (const broker::QueueInfoPtr& queue : shard_.table().queues_matching(">")) {
        all.push_back(queue->bindings.front());
    }
    return all;
}

void Connection::report_queues(
    std::string pattern, std::move_only_function<void(std::vector<broker::QueueReport>)> answer) {
    if (waits()) {
        return park([this, pattern = std::move(pattern), answer = std::move(answer)]() mutable {
            report_queues(std::move(pattern), std::move(answer));
        });
    }
    if (!admitted()) return answer({});
    struct Search {
        std::vector<broker::QueueReport> found;
        std::size_t left;
        std::move_only_function<void(std::vector<broker::QueueReport>)> answer;
    };
    auto search = std::make_shared<Search>(std::vector<broker::QueueReport>(),
                                           shard_.peers().size(), std::move(answer));
    waiting_ = true;
    const auto add = [shard = &shard_, number = number_,
                      search](std::vector<broker::QueueReport> reports) {
        std::ranges::move(reports, std::back_inserter(search->found));
        if (--search->left > 0) return;
        Connection* const self = shard->find(number);
        if (self == nullptr || self->closed_) return;
        std::ranges::sort(search->found, {}, [](const auto& one) { return one.queue.name; });
        self->waiting_ = false;
        search->answer(std::move(search->found));
        self->resume();
    };
    for (ShardBroker* const peer : shard_.peers()) {
        shard_.loop().post(peer->id(), [peer, back = shard_.id(), pattern, add] {
            peer->loop().post(back, [add, reports = peer->report(pattern)]() mutable {
                add(std::move(reports));
            });
        });
    }
}

void Connection::list_scheduled(
    broker::JobSelection which,
    std::move_only_function<void(std::vector<broker::ScheduledJob>)> answer) {
    if (waits()) {
        return park([this, which = std::move(which), answer = std::move(answer)]() mutable {
            list_scheduled(std::move(which), std::move(answer));
        });
    }
    const broker::QueueInfoPtr schedule = shard_.schedule();
    if (schedule == nullptr) return answer({});
    shard_.at_owner(*schedule, [back = &shard_, number = number_, which = std::move(which),
                                answer = std::move(answer)](ShardBroker& owner) mutable {
        owner.jobs(std::move(which), [&owner, back, number, answer = std::move(answer)](
                                         std::vector<broker::ScheduledJob> jobs) mutable {
            owner.loop().post(back->id(), [back, number, jobs = std::move(jobs),
                                           answer = std::move(answer)]() mutable {
                Connection* const self = back->find(number);
                if (self != nullptr && !self->closed_) answer(std::move(jobs));
            });
        });
    });
}

void Connection::remove_scheduled(broker::JobSelection which, Token token) {
    if (waits()) {
        return park([this, which = std::move(which), token]() mutable {
            remove_scheduled(std::move(which), token);
        });
    }
    if (const auto error = check_admitted()) return complete(token, error);
    const broker::QueueInfoPtr schedule = shard_.schedule();
    if (schedule == nullptr) return complete(token);
    shard_.at_owner(*schedule, [back = &shard_, number = number_, which = std::move(which),
                                token](ShardBroker& owner) mutable {
        owner.remove_jobs(std::move(which), [&owner, back, number, token] {
            owner.loop().post(back->id(), [back, number, token] {
                Connection* const self = back->find(number);
                if (self != nullptr && !self->closed_) self->complete(token);
            });
        });
    });
}

void Connection::announce(broker::Notice notice) {
    if (!waits() || closed_) return announce_now(notice);
    if (notice.what != broker::Notice::What::ends) {
        return park([this, notice = std::move(notice)] { announce_now(notice); });
    }
    // Must not be lost when the connection closes before it is its turn.
    ends_.push_back(std::move(notice));
    park([this] {
        announce_now(ends_.front());
        ends_.pop_front();
    });
}

void Connection::announce_now(const broker::Notice& notice) {
    if (!admitted()) return complete(notice.token);
    shard_.ask(
        [notice](Catalog& catalog, CatalogAnswer answer) {
            catalog.announce(notice);
            answer({});
        },
        [shard = &shard_, number = number_, token = notice.token](std::error_code) {
            Connection* const self = shard->find(number);
            if (self != nullptr && !self->closed_) self->complete(token);
        });
}

void Connection::list_notices(std::vector<std::string> patterns,
                              std::move_only_function<void(std::vector<MessagePtr>)> answer) {
    if (waits()) {
        return park([this, patterns = std::move(patterns), answer = std::move(answer)]() mutable {
            list_notices(std::move(patterns), std::move(answer));
        });
    }
    auto found = std::make_shared<std::vector<MessagePtr>>();
    ask(
        [found, patterns = std::move(patterns)](Catalog& catalog, CatalogAnswer done) {
            *found = catalog.notices(patterns);
            done({});
        },
        [found, answer = std::move(answer)](Connection&, std::error_code) mutable {
            answer(std::move(*found));
        });
}

void Connection::identify(std::string_view client_id, std::string_view instance,
                          broker::Takeover takeover, Token token) {
    if (waits()) {
        return park([this, id = std::string(client_id), name = std::string(instance), takeover,
                     token] { identify(id, name, takeover, token); });
    }
    if (const auto error = check_admitted()) return complete(token, error);
    client_id_ = client_id;
    instance_ = instance;
    ask(
        [id = client_id_, name = instance_, takeover,
         owner = broker::TemporaryOwner{shard_.id(), number_}](Catalog& catalog,
                                                               CatalogAnswer answer) {
            catalog.identify(id, name, takeover, owner, std::move(answer));
        },
        [token](Connection& self, std::error_code error) {
            if (error) self.client_id_.clear();
            self.complete(token, error);
        });
}

void Connection::describe(const Description& description) {
    protocol_ = description.protocol;
    peer_ = description.peer;
    certificate_ = description.certificate;
    listener_name_ = description.listener;
    security_domain_ = description.security_domain;
    consumers_max_ = description.consumers_max;
    producers_max_ = description.producers_max;
    tell_event(*this, shard_id(), broker::kConnectionEvents, "begins: {} from {}", protocol_,
               peer_);
}

void Connection::note_crossed(broker::Limit limit) {
    shard_.note_crossed(limit, peer_, "the connection has all it may");
}

broker::ConnectionStatus Connection::status() const {
    std::size_t waiting = 0;
    for (const auto& [to, line] : lines_) waiting += line.size();
    return {.ref = {shard_id(), number_},
            .protocol = protocol_,
            .peer = peer_,
            .client_id = client_id_,
            .user = std::string(user()),
            .connected_at_ms = connected_at_ms_,
            .published = published_,
            .delivered = delivered_,
            .consumers = consumers_.size(),
            .consumers_max = consumers_max_,
            .producers_max = producers_max_,
            .transactions = transactions_.size(),
            .unconfirmed = unconfirmed_,
            .waiting = waiting,
            .blocked = blocked(),
            .listener = listener_name_,
            .portrait = listener_.portrait()};
}

std::vector<broker::Obstacle> Connection::explain() const {
    using Why = broker::Obstacle::Why;
    std::vector<broker::Obstacle> found;
    explain_sends(found);
    const auto add = [&](Why why, std::size_t count) {
        found.push_back(
            {.why = why, .count = count, .connection = broker::ConnectionRef{shard_id(), number_}});
    };
    if (!admitted()) add(Why::not_admitted, 1);
    if (waits() || !parked_.empty()) add(Why::catalog, parked_.size());
    if (unconfirmed_ > 0) add(Why::unconfirmed, unconfirmed_);
    if (!transactions_.empty()) add(Why::open_transactions, transactions_.size());
    return found;
}

std::int64_t Connection::wall_ms() const {
    return shard_.loop().clock().wall_ms();
}

void Connection::abort(ConsumerNumber consumer, bool whole) {
    if (closed_) return;
    if (whole) return evict(broker::ConnectionEnd::too_slow);
    const auto found = consumers_.extract(consumer);
    if (found.empty()) return;
    close_consumer(consumer, found.mapped(), std::nullopt);
    listener_.cancelled(consumer);
}

void Connection::evict(broker::ConnectionEnd why) {
    close();
    listener_.evicted(why);
}

void Connection::close() {
    if (std::exchange(closed_, true)) return;
    tell_event(*this, shard_id(), broker::kConnectionEvents, "ends");
    send_waiting();
    parked_.clear();
    for (const broker::Notice& end : std::exchange(ends_, {})) announce_now(end);
    shard_.unwatch_queues(*this);
    for (const auto& [consumer, attached] : std::exchange(consumers_, {})) {
        close_consumer(consumer, attached, std::nullopt);
    }
    for (auto& [number, transaction] : std::exchange(transactions_, {})) {
        forget(number, std::move(transaction));
    }
    for (const Destination& temporary : std::exchange(temporaries_, {})) {
        shard_.ask(
            [temporary, instance = instance_](Catalog& catalog, CatalogAnswer answer) {
                catalog.remove_temporary(temporary, instance, std::move(answer));
            },
            [](std::error_code) {});
    }
    if (exchanges_ != nullptr) exchanges_->close();
    places_.give_back_all();
    if (presence_ != nullptr) presence_->disconnected();
    if (client_id_.empty()) return;
    shard_.ask(
        [id = client_id_, owner = broker::TemporaryOwner{shard_.id(), number_}](
            Catalog& catalog, CatalogAnswer answer) {
            catalog.forget_client(id, owner);
            answer({});
        },
        [](std::error_code) {});
}

ShardId Connection::shard_id() const {
    return shard_.id();
}

broker::ConsumerRef Connection::ref(ConsumerNumber consumer) const {
    return {shard_.id(), number_, consumer};
}

}  // namespace tern::engine
