#include "broker/api/errors.h"
#include "broker/schedule/schedule.h"
#include "engine/client_events.h"
#include "engine/connection.h"
#include "engine/presence.h"
#include "engine/readable.h"
#include "engine/shard_broker.h"

#include <algorithm>
#include <utility>

namespace tern::engine {

using broker::ConsumerNumber;
using broker::DeliveryTag;
using broker::Destination;
using broker::Domain;
using broker::Errc;
using broker::Token;
using broker::TransactionNumber;

namespace {

/// What a queue of another shard borrows at once.
constexpr std::uint64_t kLoanMax = 32;

std::vector<std::uint64_t> ordinals(std::span<const DeliveryTag> tags, broker::QueueId of) {
    std::vector<std::uint64_t> all;
    all.reserve(tags.size());
    for (const DeliveryTag& tag : tags) {
        if (tag.queue == of) all.push_back(tag.ordinal);
    }
    return all;
}

bool is_topic(const Destination& destination) {
    return destination.domain == Domain::topic;
}

/// What rooms keep for themselves, and what the broker says of itself, does not count.
bool is_counted(const broker::Subscribe& command) {
    return std::ranges::any_of(command.destinations, [](const Destination& one) {
        return !one.name.starts_with('$') && !one.name.starts_with("ActiveMQ.Advisory.");
    });
}

}  // namespace

// ---- Opening

void Connection::subscribe(broker::Subscribe command) {
    if (waits()) {
        return park(
            [this, command = std::move(command)]() mutable { subscribe(std::move(command)); });
    }
    for (Destination& one : command.destinations) {
        if (auto known = translate(one.view())) one = std::move(*known);
    }
    if (const auto error = check_subscribe(command)) return complete(command.token, error);
    if (has_all_consumers(command)) {
        note_crossed(broker::Limit::consumers);
        return complete(command.token, make_error_code(Errc::connection_full));
    }
    if (command.subscription && !command.transient && shard_.settings().durable_refused) {
        return complete(command.token, make_error_code(Errc::durable_refused));
    }
    broker::FilterPtr filter;
    if (!command.selector.empty()) {
        auto parsed = broker::Filter::parse(command.selector, shard_.formats());
        if (!parsed) return complete(command.token, make_error_code(Errc::invalid_selector));
        filter = std::move(*parsed);
    }
    if (!destinations_ready(command)) return;
    const bool browses = command.mode == broker::Subscribe::Mode::browse;
    if (!browses && std::ranges::any_of(command.destinations, is_topic)) {
        return open_subscription(command, filter);
    }
    attach(command, std::move(filter), nullptr);
}

bool Connection::has_all_consumers(const broker::Subscribe& command) {
    if (consumers_max_ < 0 || !is_counted(command)) return false;
    const auto counts = [](const auto& one) { return one.second.counts; };
    return std::ranges::count_if(consumers_, counts) >= consumers_max_;
}

bool Connection::destinations_ready(const broker::Subscribe& command) {
    for (const Destination& one : command.destinations) {
        if (broker::is_schedule(one.view())) {
            complete(command.token, make_error_code(Errc::no_such_destination));
            return false;
        }
        if (one.temporary) {
            const broker::TemporaryOwner* const owner = shard_.table().owner(one.view());
            if (owner == nullptr) {
                const auto error = check(security::Right::admin, one.view(), Errc::may_not_create);
                if (error) {
                    complete(command.token, error);
                    return false;
                }
                // Consumers may be restored before their temporary destination is.
                declare_temporary(
                    one, [command](Connection& self, std::error_code) { self.subscribe(command); });
                return false;
            }
            const bool browses = command.mode == broker::Subscribe::Mode::browse;
            if (!browses && *owner != broker::TemporaryOwner{shard_.id(), number_} &&
                !shard_.settings().policies.find(one.view())->temp_destination_stealing) {
                complete(command.token, make_error_code(Errc::not_the_owner));
                return false;
            }
        } else if ((!is_topic(one) || is_missing(one.view())) && !broker::is_pattern(one.name) &&
                   !ensure(one.view(), command.token, [this, command] { subscribe(command); })) {
            return false;
        }
    }
    return true;
}

void Connection::open_subscription(const broker::Subscribe& command,
                                   const broker::FilterPtr& filter) {
    SubscriptionRequest request{.topics = {},
                                .filter = filter,
                                .no_local = command.no_local,
                                .consumer = {shard_.id(), number_},
                                .named = command.subscription,
                                .transient = command.transient,
                                .client_id = client_id_,
                                .queue = std::make_shared<broker::QueueId>()};
    std::ranges::copy_if(command.destinations, std::back_inserter(request.topics), is_topic);
    if (request.named) {
        request.named->selector = command.selector;
        request.named->no_local = command.no_local;
    }
    ask([request](Catalog& catalog,
                  CatalogAnswer answer) { catalog.subscribe(request, std::move(answer)); },
        [command, filter, id = request.queue](Connection& self, std::error_code error) {
            if (error) return self.complete(command.token, error);
            const broker::QueueInfoPtr made = self.shard_.table().find(*id);
            self.recall(command, made, [command, filter, made](Connection& still) {
                still.attach(command, filter, made);
            });
        },
        [id = request.queue, consumer = request.consumer](ShardBroker* shard) {
            shard->ask(
                [id, consumer](Catalog& catalog, CatalogAnswer answer) {
                    const broker::QueueInfoPtr queue = catalog.find(*id);
                    if (queue == nullptr || !queue->subscription) {
                        return catalog.remove(*id, std::move(answer));
                    }
                    catalog.leave(*id, consumer);
                    answer({});
                },
                [](std::error_code) {});
        });
}

void Connection::recall(const broker::Subscribe& command, const broker::QueueInfoPtr& subscription,
                        std::move_only_function<void(Connection&)> then) {
    const broker::PolicyMap& policies = shard_.settings().policies;
    const bool wanted = command.retroactive || policies.always_recalls();
    if (!wanted || command.subscription) return then(*this);
    waiting_ = true;
    shard_.recall(subscription, command.retroactive,
                  [shard = &shard_, number = number_, id = subscription->id,
                   then = std::move(then)]() mutable {
                      Connection* const self = shard->find(number);
                      if (self == nullptr || self->closed_) {
                          return shard->ask(
                              [id](Catalog& catalog, CatalogAnswer answer) {
                                  catalog.remove(id, std::move(answer));
                              },
                              [](std::error_code) {});
                      }
                      self->waiting_ = false;
                      then(*self);
                      self->resume();
                  });
}

bool Connection::is_crowded(const broker::QueueInfo& queue) const {
    const std::int32_t most =
        shard_.settings().policies.find(queue.bindings.front().view())->consumers_max;
    return most >= 0 &&
           std::cmp_greater_equal(queue.consumers.load(std::memory_order_relaxed), most);
}

void Connection::attach(const broker::Subscribe& command, broker::FilterPtr filter,
                        const broker::QueueInfoPtr& subscription) {
    std::vector<std::string> selective;
    for (const Destination& one : command.destinations) {
        const bool queue = !is_topic(one) && command.mode == broker::Subscribe::Mode::consume;
        if (queue && shard_.settings().virtual_topics.is_selective(one.name)) {
            selective.push_back(one.name);
        }
    }
    if (selective.empty()) return attach_now(command, std::move(filter), subscription);
    // Its queues get what it takes as soon as the answer says that it is there.
    const Interest interest{.consumer = ref(command.consumer), .filter = filter};
    ask(
        [interest, selective](Catalog& catalog, CatalogAnswer answer) {
            for (const std::string& queue : std::span(selective).first(selective.size() - 1)) {
                catalog.want(queue, interest, [](std::error_code) {});
            }
            catalog.want(selective.back(), interest, std::move(answer));
        },
        [command, filter, subscription](Connection& self, std::error_code) {
            self.attach_now(command, filter, subscription);
        });
}

void Connection::attach_now(const broker::Subscribe& command, broker::FilterPtr filter,
                            const broker::QueueInfoPtr& subscription) {
    Attached attached;
    for (const Destination& one : command.destinations) {
        if (is_topic(one)) continue;
        if (one.temporary || !broker::is_pattern(one.name)) {
            attached.queues.push_back(shard_.table().route(one.view()).front());
            continue;
        }
        attached.patterns.push_back(one.name);
        for (const broker::QueueInfoPtr& queue : shard_.table().queues_matching(one.name)) {
            const bool known = std::ranges::find(attached.queues, queue) != attached.queues.end();
            if (!known) attached.queues.push_back(queue);
        }
    }
    attached.browses = command.mode == broker::Subscribe::Mode::browse;
    if (!attached.browses && std::ranges::any_of(attached.queues, [this](const auto& queue) {
            return is_crowded(*queue);
        })) {
        return complete(command.token, make_error_code(Errc::too_many_consumers));
    }
    attached.counts = is_counted(command);
    if (subscription != nullptr) attached.queues.push_back(subscription);
    attached.filter = std::move(filter);
    attached.shares_credit = attached.queues.size() > 1 || !attached.patterns.empty();
    const auto party = std::make_shared<const broker::Party>(
        party_of(command, name(),
                 command.destinations.empty() ? Destination() : command.destinations.front()));
    attached.options = {
        .credit = attached.shares_credit ? 0 : command.credit,
        .priority = command.priority,
        .exclusive = command.exclusive,
        .borrows = attached.shares_credit,
        .prefetch = command.credit,
        .pending_max = static_cast<std::uint32_t>(std::max<std::int32_t>(command.pending_max, 0)),
        .party = party};
    attached.credit = command.credit;
    if (presence_ != nullptr) presence_->opened(command, party);
    tell_event(*this, shard_id(), broker::kConsumerEvents, "opens consumer {} at {}",
               command.consumer.value, readable(party->destination.view()));
    const auto entry = consumers_.insert_or_assign(command.consumer, std::move(attached)).first;
    // The answer comes before what it brings, and when that is sure, after it is in force.
    const bool elsewhere = !entry->second.browses && live_elsewhere(entry->second.queues);
    if (!elsewhere) complete(command.token);
    if (entry->second.browses) return browse_next(command.consumer, entry->second);
    if (!entry->second.patterns.empty()) shard_.watch_queues(*this);
    const broker::PolicyMap& policies = shard_.settings().policies;
    const bool recalls =
        policies.keeps_history() && (command.retroactive || policies.always_recalls());
    for (const broker::QueueInfoPtr& queue : entry->second.queues) {
        if (recalls && !queue->is_subscription()) {
            shard_.at_owner(*queue, [id = queue->id, asked = command.retroactive](
                                        ShardBroker& owner) { owner.recall_on_queue(id, asked); });
        }
        attach(command.consumer, entry->second, queue);
    }
    if (elsewhere) complete_behind(entry->second.queues, command.token);
}

bool Connection::live_elsewhere(std::span<const broker::QueueInfoPtr> queues) const {
    return !queues.empty() && queues.front()->owner != shard_.id() &&
           std::ranges::all_of(queues, [owner = queues.front()->owner](const auto& queue) {
               return queue->owner == owner;
           });
}

void Connection::complete_behind(std::span<const broker::QueueInfoPtr> queues, Token token) {
    std::vector<ShardId> owners;
    for (const broker::QueueInfoPtr& queue : queues) {
        const bool known = std::ranges::find(owners, queue->owner) != owners.end();
        if (queue->owner != shard_.id() && !known) owners.push_back(queue->owner);
    }
    if (owners.empty()) return complete(token);
    waiting_ = true;
    const auto done = [shard = &shard_, number = number_, token,
                       left = std::make_shared<std::size_t>(owners.size())] {
        if (--*left > 0) return;
        Connection* const self = shard->find(number);
        if (self == nullptr || self->closed_) return;
        self->waiting_ = false;
        self->complete(token);
        self->resume();
    };
    for (const ShardId owner : owners) {
        shard_.loop().post(owner, [peer = shard_.peers()[owner.value], back = shard_.id(), done] {
            peer->loop().post(back, done);
        });
    }
}

void Connection::attach(ConsumerNumber consumer, const Attached& to,
                        const broker::QueueInfoPtr& queue) {
    // What a subscription takes is decided where it is routed to.
    const broker::FilterPtr filter = queue->is_subscription() ? nullptr : to.filter;
    const Destination& name = queue->bindings.front();
    if (!queue->is_subscription() && shard_.settings().virtual_topics.is_selective(name.name)) {
        shard_.ask(
            [name = name.name, interest = Interest{.consumer = ref(consumer), .filter = filter}](
                Catalog& catalog, CatalogAnswer answer) {
                catalog.want(name, interest, std::move(answer));
            },
            [](std::error_code) {});
    }
    shard_.at_owner(*queue, [id = queue->id, who = ref(consumer), options = to.options,
                             filter](ShardBroker& owner) { owner.open(id, who, options, filter); });
}

void Connection::follow(ConsumerNumber consumer, broker::QueueId gone) {
    if (waits()) return park([this, consumer, gone] { follow(consumer, gone); });
    const auto found = consumers_.find(consumer);
    if (found == consumers_.end()) return;
    Attached& attached = found->second;
    const auto place = std::ranges::find(attached.queues, gone, &broker::QueueInfo::id);
    if (place == attached.queues.end() || (*place)->is_subscription()) return;
    const Destination destination = (*place)->bindings.front();
    if (!exists(destination.view()) && !allowed(security::Right::admin, destination.view())) {
        return cancelled(consumer);
    }
    const auto again = [this, consumer, gone] { follow(consumer, gone); };
    if (!ensure(destination.view(), {}, again)) return;
    const broker::QueueInfoPtr successor = shard_.table().route(destination.view()).front();
    if (successor->id == gone) return shard_.follow(ref(consumer), gone);  // not heard yet
    *place = successor;
    attached.options.credit = attached.shares_credit ? 0 : attached.credit;
    attach(consumer, attached, successor);
}

void Connection::queue_added(const broker::QueueInfoPtr& queue) {
    const std::string& name = queue->bindings.front().name;
    for (auto& [consumer, attached] : consumers_) {
        const bool wanted = !attached.browses &&
                            std::ranges::any_of(attached.patterns, [&](const std::string& pattern) {
                                return broker::matches(pattern, name);
                            });
        if (!wanted || std::ranges::find(attached.queues, queue) != attached.queues.end()) continue;
        attached.queues.push_back(queue);
        attach(consumer, attached, queue);
    }
}

void Connection::queue_removed(broker::QueueId queue) {
    for (auto& [consumer, attached] : consumers_) {
        if (!attached.shares_credit) continue;
        std::erase_if(attached.queues, [queue](const auto& one) { return one->id == queue; });
        std::erase(attached.hungry, queue);
    }
}

// ---- What comes

void Connection::deliver(ConsumerNumber consumer, const broker::QueueInfo& from,
                         std::span<const broker::Delivery> deliveries) {
    const auto found = consumers_.find(consumer);
    // What crossed the consumer's close on its way is back on the queue already.
    if (found == consumers_.end()) return;
    Attached& attached = found->second;
    if (attached.shares_credit) {
        attached.lent -= std::min<std::uint64_t>(attached.lent, deliveries.size());
    }
    delivered_ += deliveries.size();
    listener_.deliver(consumer, from, deliveries);
}

void Connection::show(ConsumerNumber consumer, const broker::QueueInfo& from,
                      std::span<const broker::Delivery> content, bool last) {
    const auto found = consumers_.find(consumer);
    if (found == consumers_.end()) return;
    Attached& attached = found->second;
    attached.credit -= std::min<std::uint64_t>(attached.credit, content.size());
    const bool more = last && ++attached.browsing < attached.queues.size();
    if (more) browse_next(consumer, attached);
    if (!content.empty() || (last && !more)) {
        listener_.browsed(consumer, from, content, last && !more);
    }
}

void Connection::browse_next(ConsumerNumber consumer, Attached& attached) {
    if (attached.browsing >= attached.queues.size()) {
        // A pattern that matches nothing.
        const broker::QueueInfo nothing;
        return listener_.browsed(consumer, nothing, {}, true);
    }
    shard_.on_queue(*attached.queues[attached.browsing],
                    [who = ref(consumer), credit = attached.credit, filter = attached.filter](
                        broker::Queue& q) { q.browse(who, credit, filter); });
}

// ---- Credit

void Connection::grant(ConsumerNumber consumer, std::uint32_t credit) {
    if (waits()) return park([this, consumer, credit] { grant(consumer, credit); });
    const auto found = consumers_.find(consumer);
    if (found == consumers_.end()) return;
    Attached& attached = found->second;
    attached.credit += credit;
    attached.drained = false;
    if (attached.shares_credit && !attached.browses) return feed_hungry(consumer, attached);
    const std::size_t current = attached.browses ? attached.browsing : 0;
    if (current >= attached.queues.size()) return;
    shard_.on_queue(*attached.queues[current],
                    [who = ref(consumer), credit](broker::Queue& q) { q.grant(who, credit); });
}

std::uint32_t Connection::lend(ConsumerNumber consumer, broker::QueueId queue, std::uint32_t most) {
    const auto found = consumers_.find(consumer);
    if (found == consumers_.end()) return 0;
    Attached& attached = found->second;
    const auto loan = static_cast<std::uint32_t>(std::min<std::uint64_t>(most, attached.credit));
    attached.credit -= loan;
    attached.lent += loan;
    if (loan == 0) attached.hungry.push_back(queue);
    return loan;
}

void Connection::lend_later(ConsumerNumber consumer, broker::QueueId queue) {
    const broker::QueueInfoPtr info = shard_.table().find(queue);
    const auto found = consumers_.find(consumer);
    if (info == nullptr || found == consumers_.end()) return;
    const std::size_t queues = std::max<std::size_t>(1, found->second.queues.size());
    const std::uint64_t share = std::max<std::uint64_t>(1, found->second.credit / queues);
    const std::uint32_t loan =
        lend(consumer, queue, static_cast<std::uint32_t>(std::min(kLoanMax, share)));
    if (loan == 0) return;
    shard_.on_queue(*info, [who = ref(consumer), loan](broker::Queue& q) { q.grant(who, loan); });
}

void Connection::repay(ConsumerNumber consumer, std::uint64_t credit) {
    const auto found = consumers_.find(consumer);
    if (found == consumers_.end()) return;
    found->second.credit += credit;
    found->second.lent -= std::min(found->second.lent, credit);
    feed_hungry(consumer, found->second);
}

void Connection::feed_hungry(ConsumerNumber consumer, Attached& attached) {
    if (attached.credit == 0) return;
    for (const broker::QueueId id : std::exchange(attached.hungry, {})) {
        const broker::QueueInfoPtr queue = shard_.table().find(id);
        if (queue == nullptr) continue;
        if (queue->owner != shard_.id()) {
            lend_later(consumer, id);
            continue;
        }
        // It may ask again.
        shard_.on_queue(*queue, [who = ref(consumer)](broker::Queue& q) { q.grant(who, 0); });
    }
}

void Connection::drain(ConsumerNumber consumer, Token token) {
    if (waits()) return park([this, consumer, token] { drain(consumer, token); });
    if (!consumers_.contains(consumer)) {
        return complete(token, make_error_code(Errc::no_such_consumer));
    }
    consumers_.at(consumer).drained = true;
    drain_all(consumer, token);
}

void Connection::drain_all(ConsumerNumber consumer, Token token) {
    const auto found = consumers_.find(consumer);
    if (found == consumers_.end()) return complete(token);
    auto left = std::make_shared<std::size_t>(found->second.queues.size() + 1);
    const auto one_done = [shard = &shard_, who = ref(consumer), token, left] {
        if (--*left > 0) return;
        Connection* const self = shard->find(who.connection);
        if (self == nullptr) return;
        const auto still = self->consumers_.find(who.consumer);
        if (still == self->consumers_.end()) return self->complete(token);
        // Credit that was under way to a queue brings messages that come before the answer.
        if (still->second.lent > 0) return self->drain_all(who.consumer, token);
        still->second.credit = 0;
        self->complete(token);
    };
    const std::vector<broker::QueueInfoPtr> queues = found->second.queues;
    for (const broker::QueueInfoPtr& queue : queues) {
        shard_.on_queue(*queue, [shard = &shard_, owner = queue->owner, who = ref(consumer),
                                 one_done](broker::Queue& q) {
            ShardBroker* const here = shard->peers()[owner.value];
            q.drain(who, here->wall_ms(),
                    [here, back = shard->id(), one_done] { here->loop().post(back, one_done); });
        });
    }
    one_done();
}

// ---- Settling

template <class Command>
void Connection::on_queues_of(ConsumerNumber consumer, std::span<const DeliveryTag> tags,
                              const Command& command) {
    const auto found = consumers_.find(consumer);
    if (found == consumers_.end()) return;
    const std::vector<broker::QueueInfoPtr>& queues = found->second.queues;
    for (const broker::QueueInfoPtr& queue : queues) {
        std::vector<std::uint64_t> all = ordinals(tags, queue->id);
        if (all.empty()) continue;
        shard_.on_queue(*queue,
                        [command, all = std::move(all)](broker::Queue& q) { command(q, all); });
        if (queues.size() == 1) return;
    }
}

void Connection::settle(ConsumerNumber consumer, std::span<const DeliveryTag> tags,
                        broker::Outcome outcome, TransactionNumber transaction) {
    if (tags.empty()) return;
    if (waits()) {
        return park([this, consumer, tags = std::vector(tags.begin(), tags.end()), outcome,
                     transaction] { settle(consumer, tags, outcome, transaction); });
    }
    if (!transaction) {
        return on_queues_of(consumer, tags,
                            [who = ref(consumer), outcome, answered = shard_.hears()](
                                broker::Queue& q, const auto& all) {
                                q.settle(who, all, outcome);
                                if (answered) q.answered(who);
                            });
    }
    const auto open = transactions_.find(transaction);
    if (open == transactions_.end() || !consumers_.contains(consumer)) return;
    std::vector<DeliveryTag> fresh;
    std::ranges::copy_if(tags, std::back_inserter(fresh),
                         [this](const DeliveryTag& tag) { return staged_.insert(tag).second; });
    on_queues_of(consumer, fresh,
                 [who = ref(consumer)](broker::Queue& q, const auto& all) { q.stage(who, all); });
    open->second.accepts.push_back({ref(consumer), std::move(fresh)});
}

void Connection::reject(ConsumerNumber consumer, std::span<const DeliveryTag> tags,
                        std::string_view cause) {
    if (tags.empty()) return;
    if (waits()) {
        return park([this, consumer, tags = std::vector(tags.begin(), tags.end()),
                     why = std::string(cause)] { reject(consumer, tags, why); });
    }
    on_queues_of(
        consumer, tags,
        [who = ref(consumer), why = std::string(cause)](broker::Queue& q, const auto& all) {
            q.settle(who, all, broker::Outcome::reject, why);
        });
}

void Connection::pass_over(ConsumerNumber consumer, const DeliveryTag& tag,
                           std::string_view cause) {
    if (waits()) {
        return park(
            [this, consumer, tag, why = std::string(cause)] { pass_over(consumer, tag, why); });
    }
    reject(consumer, {&tag, 1}, cause);
    const auto found = consumers_.find(consumer);
    if (found != consumers_.end() && !found->second.drained) grant(consumer, 1);
}

void Connection::revise(ConsumerNumber consumer, const DeliveryTag& tag, broker::Revision change) {
    if (waits()) {
        return park([this, consumer, tag, change = std::move(change)]() mutable {
            revise(consumer, tag, std::move(change));
        });
    }
    const auto found = consumers_.find(consumer);
    if (found == consumers_.end()) return;
    const auto queue =
        std::ranges::find(found->second.queues, tag.queue, [](const auto& one) { return one->id; });
    if (queue == found->second.queues.end()) return;
    shard_.on_queue(**queue,
                    [who = ref(consumer), ordinal = tag.ordinal, change = std::move(change)](
                        broker::Queue& q) mutable { q.revise(who, ordinal, change); });
}

// ---- Closing

void Connection::unsubscribe(ConsumerNumber consumer, std::span<const DeliveryTag> failed,
                             Token token) {
    if (waits()) {
        return park([this, consumer, failed = std::vector(failed.begin(), failed.end()), token] {
            unsubscribe(consumer, failed, token);
        });
    }
    const auto found = consumers_.extract(consumer);
    if (found.empty()) return complete(token);
    close_consumer(consumer, found.mapped(), failed);
    complete_behind(found.mapped().queues, token);
}

void Connection::close_consumer(ConsumerNumber consumer, const Attached& attached,
                                std::optional<std::span<const DeliveryTag>> failed) {
    if (presence_ != nullptr) presence_->closed(consumer);
    tell_event(*this, shard_id(), broker::kConsumerEvents, "closes consumer {}", consumer.value);
    for (const broker::QueueInfoPtr& queue : attached.queues) detach(consumer, *queue, failed);
}

void Connection::detach(ConsumerNumber consumer, const broker::QueueInfo& queue,
                        std::optional<std::span<const DeliveryTag>> failed) {
    if (queue.is_subscription() && !queue.subscription) {
        return shard_.ask(
            [id = queue.id](Catalog& catalog, CatalogAnswer answer) {
                catalog.remove(id, std::move(answer));
            },
            [](std::error_code) {});
    }
    const std::string& name = queue.bindings.front().name;
    if (!queue.is_subscription() && shard_.settings().virtual_topics.is_selective(name)) {
        shard_.ask(
            [name, who = ref(consumer)](Catalog& catalog, CatalogAnswer answer) {
                catalog.want_no_more(name, who);
                answer({});
            },
            [](std::error_code) {});
    }
    std::optional<std::vector<std::uint64_t>> seen;
    if (failed) seen = ordinals(*failed, queue.id);
    shard_.on_queue(queue, [who = ref(consumer), seen = std::move(seen), id = queue.id,
                            named = queue.subscription.has_value(),
                            owner = shard_.peers()[queue.owner.value]](broker::Queue& q) {
        if (seen) {
            q.close(who, *seen);
        } else {
            q.lose(who);
        }
        if (!named) return;
        // From the queue's shard: whoever joins next finds this consumer gone.
        owner->ask(
            [id, user = broker::TemporaryOwner{who.shard, who.connection}](Catalog& catalog,
                                                                           CatalogAnswer answer) {
                catalog.leave(id, user);
                answer({});
            },
            [](std::error_code) {});
    });
}

void Connection::forget_subscription(const broker::SubscriptionKey& key, Token token) {
    if (waits()) return park([this, key, token] { forget_subscription(key, token); });
    if (const auto error = check_admitted()) return complete(token, error);
    ask([key](Catalog& catalog,
              CatalogAnswer answer) { catalog.forget_subscription(key, std::move(answer)); },
        [token](Connection& self, std::error_code error) { self.complete(token, error); });
}

broker::QueueInfoPtr Connection::find_subscription(const broker::SubscriptionKey& key) const {
    return shard_.table().find(key);
}

std::string Connection::selector_problem(std::string_view selector) const {
    const auto parsed = broker::Filter::parse(selector, shard_.formats());
    return parsed ? std::string() : parsed.error();
}

}  // namespace tern::engine
