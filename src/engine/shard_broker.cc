#include "engine/shard_broker.h"

#include "base/log.h"
#include "broker/api/errors.h"
#include "broker/route/errors.h"
#include "engine/connection.h"
#include "engine/routing.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace tern::engine {
namespace {

constexpr std::int64_t kAlarmAheadMs = 10'000;

/// What a protocol or the broker itself keeps is no destination of anybody else.
bool is_private(const broker::Destination& destination) {
    return destination.name.starts_with('$');
}

}  // namespace

ShardBroker::ShardBroker(Loop& loop, store::Store& store, const message::Formats& formats,
                         std::span<ShardBroker* const> peers, broker::Observer* observer,
                         const broker::LetterWriter* letters, broker::Memory memory,
                         std::move_only_function<void()> storage_failed)
    : loop_(loop),
      store_(store),
      formats_(formats),
      peers_(peers),
      observer_(observer),
      letters_(letters),
      storage_failed_(std::move(storage_failed)),
      catalog_(*this),
      memory_(memory),
      tracer_(loop.id()),
      letter_timer_([this] { try_letters(); }),
      slow_timer_([this] { check_consumers(); }),
      sweep_timer_([this] { sweep(); }),
      offline_timer_([this] {
          catalog_.forget_offline(settings_->offline.ms_max);
          schedule_offline_check();
      }),
      history_timer_([this] { forget_past(); }),
      disk_timer_([this] { fit_to_disk(); }),
      started_ms_(loop.clock().wall_ms()),
      turn_(loop.id(), 1),
      line_(loop.count()) {
    topology_.add_vhost(broker::kDefaultVhost);
}

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
    const broker::ConnectionStatus last = found->second->status();
    past_.published += last.published;
    past_.delivered += last.delivered;
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
        case Change::What::add_exchange:
            return topology_.add(change.exchange);
        case Change::What::remove_exchange:
            return topology_.remove(change.exchange.vhost, change.exchange.name);
        case Change::What::remove_vhost:
            return topology_.remove_vhost(change.vhost);
        case Change::What::bind:
            return topology_.bind(change.binding, change.queue);
        case Change::What::unbind:
            return topology_.unbind(change.binding);
        case Change::What::want:
            return interests_.add(change.address, change.interest);
        case Change::What::want_no_more:
            return interests_.remove(change.address, *change.interest.consumer);
    }
    if (observer_ == nullptr) return;
    const bool added = change.what == Change::What::add_temporary;
    observer_->observe({.what = added ? broker::Event::What::destination_added
                                      : broker::Event::What::destination_removed,
                        .destination = change.temporary,
                        .connection = change.connection},
                       *this);
}

bool ShardBroker::hears_of_the_past(const broker::QueueInfo& queue) const {
    if (queue.is_subscription()) return !queue.subscription;
    if (!settings_->policies.keeps_history() || queue.bindings.front().temporary) return false;
    return !settings_->virtual_topics.topics_of(queue.bindings.front().name).empty();
}

void ShardBroker::add_queue(const broker::QueueInfoPtr& info) {
    table_.add(info);
    if (info->owner == id()) prepare(info);
    ++queues_heard_;
    if (info->owner == id() && hears_of_the_past(*info)) heard_at_[info->id] = queues_heard_;
    if (!info->is_subscription() && !info->bindings.front().temporary) {
        for (Connection* const watcher : watchers_) watcher->queue_added(info);
    }
    if (observer_ == nullptr || info->is_subscription() || info->connection ||
        is_private(info->bindings.front())) {
        return;
    }
    observer_->observe({.what = broker::Event::What::destination_added,
                        .destination = info->bindings.front(),
                        .connection = {}},
                       *this);
}

void ShardBroker::prepare(const broker::QueueInfoPtr& info) {
    if (queues_.contains(info->id)) return;
    auto queue = std::make_unique<broker::Queue>(info, *this, memory_);
    limit(*queue);
    queues_.emplace(info->id, std::move(queue));
}

void ShardBroker::remove_queue(const Change& change) {
    const broker::QueueInfo& info = *change.queue;
    table_.remove(info.id);
    for (Connection* const watcher : watchers_) watcher->queue_removed(info.id);
    topology_.forget(info.id);
    if (info.owner == id()) {
        const auto found = queues_.find(info.id);
        if (info.durable == Durable::yes) {
            turn().batch.remove(info.id, change.defined_at, found->second->stored());
            turn().then.push_back([this, id = info.id](const Turn& durable) {
                if (!durable.error()) store_.segments().remove(id);
            });
        } else {
            store_.segments().remove(info.id);
        }
        past_.totals += found->second->totals();
        queues_.erase(found);
        tracer_.forget(info.id);
        alarms_.erase(info.id);
        leases_.erase(info.id);
        dead_letter_marks_.erase(info.id);
        heard_at_.erase(info.id);
        if (const auto late = too_late_.extract(info.id); !late.empty()) {
            for (const broker::ConsumerRef& one : late.mapped()) follow(one, info.id);
        }
    }
    if (observer_ == nullptr || info.is_subscription() || info.connection ||
        is_private(info.bindings.front())) {
        return;
    }
    observer_->observe({.what = broker::Event::What::destination_removed,
                        .destination = info.bindings.front(),
                        .connection = {}},
                       *this);
}

std::vector<broker::DeliveryTag> ShardBroker::recover(
    const broker::QueueInfoPtr& info, store::RecoveredQueue content,
    const std::unordered_set<std::uint64_t>& accepted) {
    std::vector<broker::DeliveryTag> staged;
    table_.add(info);
    if (info->owner != id()) return staged;
    auto queue = std::make_unique<broker::Queue>(info, *this, memory_);
    limit(*queue);
    auto run = content.runs.begin();
    for (std::size_t i = 0; i <= content.messages.size(); ++i) {
        for (; run != content.runs.end() && run->before == i; ++run) queue->recover(run->run);
        if (i == content.messages.size()) break;
        store::RecoveredMessage& one = content.messages[i];
        queue->recover(std::move(one.message), one.at, one.place, one.announced);
        if (accepted.contains(one.at.lsn)) {
            staged.push_back({info->id, queue->stage_newest(), one.at});
        }
    }
    queue->end_recovery(content.marked);
    queues_.emplace(info->id, std::move(queue));
    return staged;
}

void ShardBroker::send(MessagePtr message, const Routed& routed, std::uint64_t trace) {
    if (routed.routes.empty()) return;
    if (routed.limited) {
        for (const store::Route& one : routed.routes) {
            const broker::QueueInfoPtr queue = table_.find(one.queue);
            enqueue(one, queue == nullptr ? message : with_less_time(*queue, message), trace);
        }
        return;
    }
    for (const store::Route& one : std::span(routed.routes).first(routed.routes.size() - 1)) {
        enqueue(one, message, trace);
    }
    enqueue(routed.routes.back(), std::move(message), trace);
}

void ShardBroker::enqueue(const store::Route& route, MessagePtr message, std::uint64_t trace) {
    if (route.owner == id()) return enqueue_transient(route.queue, std::move(message), id(), trace);
    loop_.post(route.owner, [peer = peers_[route.owner.value], queue = route.queue,
                             message = std::move(message), origin = id(), trace]() mutable {
        peer->enqueue_transient(queue, std::move(message), origin, trace);
    });
}

void ShardBroker::recover(Change change) {
    if (change.what == Change::What::bind) {
        const broker::Binding& binding = change.binding;
        const auto queues = table_.route({broker::Domain::queue, false, binding.destination});
        if (topology_.find(binding.vhost, binding.source) == nullptr) return;
        if (binding.to_exchange ? topology_.find(binding.vhost, binding.destination) == nullptr
                                : queues.empty()) {
            return;
        }
        if (!binding.to_exchange) change.queue = queues.front();
    }
    apply(change);
}

void ShardBroker::enqueue_transient(broker::QueueId queue, MessagePtr message, ShardId origin,
                                    std::uint64_t trace) {
    line_.run_behind(origin, [this, queue, message = std::move(message), trace]() mutable {
        auto enqueue = [&message, trace, this](broker::Queue& q) {
            q.enqueue(std::move(message), {}, true);
            trace_queued(trace, q);
        };
        on_own_queue(queue, enqueue);
    });
}

void ShardBroker::open(broker::QueueId id, const broker::ConsumerRef& consumer,
                       const broker::ConsumerOptions& options, const broker::FilterPtr& filter) {
    broker::Queue* const queue = own(id);
    if (queue == nullptr) return follow(consumer, id);
    const std::int32_t most =
        settings_->policies.find(queue->info()->bindings.front().view())->consumers_max;
    if (options.counted && !queue->info()->is_subscription() && most >= 0 &&
        std::cmp_greater_equal(queue->consumers(), most)) {
        // Others came between the answer to it and this.
        return loop_.post(consumer.shard, [peer = peers_[consumer.shard.value], consumer] {
            Connection* const connection = peer->find(consumer.connection);
            if (connection != nullptr) connection->abort(consumer.consumer, false);
        });
    }
    if (!queue->open(consumer, options, filter)) {
        too_late_[id].push_back(consumer);
        return;
    }
    limit_waiting(*queue, options);
    touch(*queue);
}

void ShardBroker::follow(const broker::ConsumerRef& consumer, broker::QueueId gone) {
    loop_.post(consumer.shard, [peer = peers_[consumer.shard.value], consumer, gone] {
        if (Connection* const connection = peer->find(consumer.connection)) {
            connection->follow(consumer.consumer, gone);
        }
    });
}

void ShardBroker::watch_queues(Connection& connection) {
    if (std::ranges::find(watchers_, &connection) == watchers_.end()) {
        watchers_.push_back(&connection);
    }
}

template <class Use>
void ShardBroker::on_connection(const broker::ConsumerRef& consumer, Use use) {
    const auto run = [peer = peers_[consumer.shard.value], number = consumer.connection,
                      use = std::move(use)] {
        if (Connection* const connection = peer->find(number)) use(*connection);
    };
    if (consumer.shard == id()) return run();
    loop_.post(consumer.shard, run);
}

void ShardBroker::deliver(const broker::ConsumerRef& to, const broker::QueueInfo& from,
                          std::vector<broker::Delivery> deliveries) {
    watch_dispatched(to, from, deliveries);
    if (!tracer_.idle()) trace_dispatched(to, from, deliveries);
    if (settings_->policies.marks_groups()) mark_groups(from, deliveries);
    // The copy of the pointer keeps the description alive until it has arrived.
    on_connection(
        to, [consumer = to.consumer, info = own(from.id)->info(), all = std::move(deliveries)](
                Connection& connection) { connection.deliver(consumer, *info, all); });
}

void ShardBroker::mark_groups(const broker::QueueInfo& from,
                              std::span<broker::Delivery> deliveries) const {
    const broker::PolicyPtr policy = settings_->policies.find(from.bindings.front().view());
    if (policy->group_first_key.empty()) return;
    for (broker::Delivery& one : deliveries) {
        if (!one.first_of_group) continue;
        message::Amendment change;
        change.set = {{policy->group_first_key, {true}}};
        // What cannot be changed comes as it is.
        if (auto marked = formats_.amend(*one.message, change)) one.message = std::move(*marked);
    }
}

void ShardBroker::show(const broker::ConsumerRef& to, const broker::QueueInfo& from,
                       std::vector<broker::Delivery> content, bool last) {
    // Never at once: what a browser does next must not happen in the middle of a dispatch.
    loop_.post(to.shard, [peer = peers_[to.shard.value], to, info = own(from.id)->info(),
                          content = std::move(content), last] {
        Connection* const connection = peer->find(to.connection);
        if (connection != nullptr) connection->show(to.consumer, *info, content, last);
    });
}

std::uint32_t ShardBroker::borrow(const broker::ConsumerRef& consumer,
                                  const broker::QueueInfo& queue) {
    if (consumer.shard == id()) {
        Connection* const connection = find(consumer.connection);
        return connection == nullptr ? 0 : connection->lend(consumer.consumer, queue.id, 1);
    }
    on_connection(consumer, [number = consumer.consumer, id = queue.id](Connection& connection) {
        connection.lend_later(number, id);
    });
    return 0;
}

void ShardBroker::give_back(const broker::ConsumerRef& consumer, const broker::QueueInfo&,
                            std::uint64_t credit) {
    on_connection(consumer, [number = consumer.consumer, credit](Connection& connection) {
        connection.repay(number, credit);
    });
}

void ShardBroker::configure(SettingsPtr settings) {
    settings_ = std::move(settings);
    filters_.clear();
    table_.set_virtual_topics(settings_->virtual_topics);
    forwards_ = Forwards(settings_->composites, settings_->mirror, formats_);
    if (settings_->permissions != nullptr) {
        for (const std::string& vhost : settings_->permissions->vhosts()) {
            if (topology_.find(vhost, "") == nullptr) topology_.add_vhost(vhost);
        }
    }
    schedule_slow_check();
    schedule_sweep();
    store_high_water_ = settings_->policies.store_high_water_percent();
    if (id() == ShardId{0}) {
        store_limit_ = settings_->limits.store;
        temporary_limit_ = settings_->limits.temporary;
        fit_to_disk();
        catalog_.renew_demand();
    }
    schedule_offline_check();
    memory_full_ = true;  // until the next look
    for (const auto& [id, queue] : queues_) {
        limit(*queue);
        wake(*queue->info(), queue->first_expiry_ms());
        touch(*queue);
    }
    // Whoever hears that a consumer has ended may leave: none of them is held meanwhile.
    std::vector<broker::ConnectionNumber> numbers;
    numbers.reserve(connections_.size());
    for (const auto& [number, connection] : connections_) numbers.push_back(number);
    for (const broker::ConnectionNumber number : numbers) {
        if (Connection* const connection = find(number)) connection->end_revoked();
    }
}

void ShardBroker::replace(const Source& from, std::vector<Letter> letters) {
    for (const Letter& one : letters) {
        const bool made = one.to.domain == broker::Domain::topic || one.to.temporary ||
                          !one.queues.empty() || !table_.route(one.to.view()).empty();
        if (made) continue;
        return ask(
            [to = one.to](Catalog& catalog, CatalogAnswer answer) {
                catalog.declare(to, {}, false, std::move(answer));
            },
            [this, from, letters = std::move(letters)](std::error_code) mutable {
                replace(from, std::move(letters));
            });
    }
    for (const Letter& one : letters) {
        trace(from.trace, broker::TraceEvent::What::sent_on,
              one.queues.empty() ? one.to : one.queues.front()->bindings.front());
        if (!one.queues.empty()) {
            stage(one.message, route(*one.message, one.queues, nullptr), {},
                  {.number = from.trace});
            continue;
        }
        std::vector<broker::QueueInfoPtr> found;
        const auto queues = find_queues(one.to.view(), *one.message, found);
        remember(one.to.view(), one.message, nullptr);
        stage(one.message, route(*one.message, queues, nullptr), {}, {.number = from.trace});
    }
    settle(from.queue, from.at, from.place);
}

void ShardBroker::mark(const broker::QueueInfo& queue, std::uint64_t lsn) {
    Turn& turn = this->turn();
    turn.batch.mark(queue.id, lsn);
    turn.then.push_back([this, id = queue.id, lsn](const Turn& durable) {
        broker::Queue* marked = own(id);
        if (marked == nullptr || durable.error()) return;
        store_.segments().mark(id, lsn);
        marked->marked(lsn);
        touch(*marked);
    });
}

bool ShardBroker::wanted(const broker::DestinationView& topic) const {
    return std::ranges::any_of(table_.route(topic),
                               [this](const auto& queue) { return queue->owner == id(); });
}

void ShardBroker::publish(const broker::DestinationView& topic, MessagePtr message) {
    for (const store::Route& one : route(*message, table_.route(topic), nullptr).routes) {
        if (one.owner == id()) enqueue(one, message);
    }
}

void ShardBroker::wake(const broker::QueueInfo& queue, std::int64_t at_ms) {
    const bool watched = is_watched(queue);
    if (!watched) at_ms = broker::Deadlines::kNever;
    // There is one alarm for all that a queue waits for.
    if (const broker::Queue* const mine = own(queue.id)) {
        at_ms = std::min({at_ms, mine->begins_at_ms(), mine->returns_at_ms()});
        if (watched) at_ms = std::min(at_ms, mine->first_expiry_ms());
    }
    if (at_ms == broker::Deadlines::kNever) return;
    const auto alarm = alarms_.try_emplace(queue.id, [this, id = queue.id] { expire(id); }).first;
    // The wall's clock may be set meanwhile.
    const Millis in(std::clamp<std::int64_t>(at_ms - wall_ms(), 0, kAlarmAheadMs));
    loop_.timers().arm(alarm->second, loop_.clock().now() + in);
}

std::int64_t ShardBroker::attempts_max(const broker::QueueInfo& queue) const {
    std::int64_t most =
        settings_->policies.find(queue.bindings.front().view())->delivery_attempts_max;
    const std::int64_t limit = queue.options == nullptr ? -1 : in_force(queue)->deliveries_max;
    if (limit >= 0) {
        // There the first delivery does not count.
        const std::int64_t declared = limit + 1;
        most = most < 0 ? declared : std::min(most, declared);
    }
    return most;
}

bool ShardBroker::is_watched(const broker::QueueInfo& queue) const {
    const broker::DestinationView name = queue.bindings.front().view();
    if (broker::is_schedule(name)) return settings_->scheduler.enabled;
    return settings_->policies.find(name)->expiry_sweep_ms > 0;
}

void ShardBroker::expire(broker::QueueId id) {
    broker::Queue* const queue = own(id);
    if (queue == nullptr) return;
    // What has just come is for consumers that are there, however little time it has.
    if (queue->info()->options != nullptr) std::ignore = queue->dispatch(wall_ms());
    if (is_watched(*queue->info()) && queue->expire(wall_ms())) {
        return loop_.post(this->id(), [this, id] { expire(id); });
    }
    const bool begins = queue->begin(wall_ms());
    const bool came_back = queue->bring_back(wall_ms());
    if (begins || came_back) touch(*queue);
    queue->note_bytes();
    wake(*queue->info(), queue->first_expiry_ms());
}

broker::Queue* ShardBroker::own(broker::QueueId id) {
    const auto found = queues_.find(id);
    return found == queues_.end() ? nullptr : found->second.get();
}

void ShardBroker::get(broker::QueueId queue, const broker::ConsumerRef& consumer, Task done) {
    broker::Queue* const found = own(queue);
    if (found == nullptr) return done();
    catch_up(*found);
    use_lease(queue);
    found->grant(consumer, 1);
    found->drain(consumer, wall_ms(), std::move(done));
    if (broker::Queue* const still = own(queue)) touch(*still);
}

broker::QueueCounts ShardBroker::count(broker::QueueId queue) {
    broker::Queue* const found = own(queue);
    if (found == nullptr) return {};
    catch_up(*found);
    return {.ready = found->ready(),
            .unsettled = found->size() - found->ready(),
            .consumers = found->consumers()};
}

std::vector<broker::QueueReport> ShardBroker::report(std::string_view pattern) {
    std::vector<broker::QueueReport> reports;
    for (const auto& [id, queue] : queues_) {
        const broker::QueueInfo& info = *queue->info();
        const broker::Destination& name = info.bindings.front();
        if (info.is_subscription() || name.temporary) continue;
        if (!broker::matches(pattern, name.name)) continue;
        reports.push_back({.queue = name, .counts = count(id), .totals = queue->totals()});
    }
    return reports;
}

std::size_t ShardBroker::purge(broker::QueueId queue) {
    broker::Queue* const found = own(queue);
    if (found == nullptr) return 0;
    const std::size_t count = found->purge();
    // The journal does not know those that an earlier run left in segments.
    turn().then.push_back([this](const Turn&) { store_.segments().flush([](auto) {}); });
    return count;
}

Result<broker::QueueCounts> ShardBroker::dismiss(broker::QueueId queue,
                                                 broker::RemoveCondition condition) {
    broker::Queue* const found = own(queue);
    if (found == nullptr) return broker::QueueCounts();
    const broker::QueueCounts counts = count(queue);
    if (condition.if_unused && counts.consumers > 0) return failure(broker::RouteErrc::in_use);
    if (condition.if_empty && counts.ready > 0) return failure(broker::RouteErrc::not_empty);
    for (const broker::ConsumerRef& one : found->dismiss()) {
        loop_.post(one.shard, [peer = peers_[one.shard.value], one] {
            if (Connection* connection = peer->find(one.connection)) {
                connection->cancelled(one.consumer);
            }
        });
    }
    if (!found->retire()) return failure(broker::Errc::has_consumers);
    return counts;
}

void ShardBroker::leave(broker::Queue& queue) {
    ask(
        [address = queue.info()->bindings.front().name, if_empty = queue.stays_if_not_empty()](
            Catalog& catalog, CatalogAnswer answer) {
            catalog.remove_queue(address, {.if_unused = true, .if_empty = if_empty}, nullptr,
                                 std::move(answer));
        },
        [](std::error_code) {});
}

void ShardBroker::touch(broker::Queue& queue) {
    if (queue.is_left()) return leave(queue);
    if (!leases_.empty()) note_use(queue);
    queue.note_bytes();
    if (queue.take_hunger()) hunger_.felt(loop_.clock().now());
    if (memory_.bytes > std::max(memory_.bytes_max, check_memory_at_)) schedule_turn_end();
    if (!queue.has_work()) return;
    if (touched_.empty() || touched_.back() != queue.info()->id) {
        touched_.push_back(queue.info()->id);
    }
    schedule_turn_end();
}

}  // namespace tern::engine
