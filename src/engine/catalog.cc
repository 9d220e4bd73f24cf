#include "engine/catalog.h"

#include "base/log.h"
#include "broker/api/errors.h"
#include "broker/api/event_log.h"
#include "engine/connection.h"
#include "engine/readable.h"
#include "engine/shard_broker.h"

#include <fmt/format.h>

#include <algorithm>

namespace tern::engine {

using broker::Errc;

namespace {

/// When what the shard has journaled so far is durable.
void answer_when_durable(ShardBroker& home, ShardId shard, CatalogAnswer answer) {
    ShardBroker* const peer = home.peers()[shard.value];
    home.loop().post(shard, [peer, back = home.id(), answer = std::move(answer)]() mutable {
        peer->turn().then.push_back(
            [peer, back, answer = std::move(answer)](const Turn& durable) mutable {
                peer->loop().post(back, [error = durable.error(),
                                         answer = std::move(answer)]() mutable { answer(error); });
            });
    });
}

}  // namespace

void Catalog::recover(const broker::QueueInfoPtr& queue, broker::StoredAt defined_at) {
    defined_at_[queue->id] = defined_at;
    tell_of_demand(*queue);
    if (!queue->subscription) return;
    Named& named = named_[queue->subscription->key];
    named.queue = queue;
    named.left_ms = home_.wall_ms();
}

void Catalog::declare(const broker::Destination& queue, const std::string& user, bool durably,
                      CatalogAnswer answer) {
    if (durably) {
        answer = [this, answer = std::move(answer)](std::error_code error) mutable {
            if (error) return answer(error);
            when_durable(std::move(answer));
        };
    }
    if (!home_.table().route(queue.view()).empty()) return answer({});
    if (std::vector<Task>* const waiting = being_made(queue)) {
        waiting->push_back([answer = std::move(answer)]() mutable { answer({}); });
        return;
    }
    if (is_one_too_many(queue)) {
        home_.note_crossed(broker::Limit::destinations, readable(queue.view()),
                           "its policy allows no more destinations, and it is not made");
        return answer(make_error_code(Errc::too_many_destinations));
    }
    if (has_made_enough(queue, user)) {
        return answer(make_error_code(Errc::too_many_destinations));
    }
    making_[queue].user = user;
    auto info = std::make_shared<broker::QueueInfo>();
    info->id = next_id();
    info->owner = choose_owner();
    info->durable = Durable::yes;
    info->made_by = user;
    info->bindings = {queue};
    journal_definition(info);
    add(info, [this, info, queue, answer = std::move(answer)](std::error_code error) mutable {
        // Every shard knows now: nobody sends past it any more.
        home_.at_owner(*info,
                       [id = info->id](ShardBroker& owner) { owner.recall_on_queue(id, false); });
        answer(error);
        made(queue);
    });
}

bool Catalog::has_made_enough(const broker::Destination& queue, const std::string& user) const {
    // What a protocol keeps for itself is nobody's.
    if (queue.name.starts_with('$')) return false;
    const auto max = home_.settings().vhost_limits.find(broker::VhostLimit::user_queues, user);
    if (!max) return false;
    const auto there = std::ranges::count_if(
        home_.table().queues_matching(">"), [&](const broker::QueueInfoPtr& one) {
            return one->made_by == user && !one->bindings.front().name.starts_with('$');
        });
    const auto coming = std::ranges::count_if(making_, [&](const auto& one) {
        return one.second.user == user && !one.first.name.starts_with('$');
    });
    if (there + coming < *max) return false;
    home_.note_crossed(broker::Limit::destinations, fmt::format("user {}", user),
                       "there are as many queues as it may have made, and no other is");
    return true;
}

void Catalog::declare_topic(const std::string& name, bool may_make, CatalogAnswer answer) {
    const broker::DestinationView topic{broker::Domain::topic, false, name};
    const bool there = topics_.contains(name) || !home_.table().route(topic).empty();
    if (!there && !may_make) return answer(make_error_code(Errc::may_not_create));
    topics_.insert(name);
    answer({});
}

bool Catalog::is_one_too_many(const broker::Destination& queue) const {
    const broker::PolicyMap& policies = home_.settings().policies;
    const broker::PolicyPtr policy = policies.find(queue.view());
    if (policy->destinations_max < 0) return false;
    const auto counts = [&](const broker::Destination& one) {
        return policies.find(one.view()) == policy;
    };
    const auto there = std::ranges::count_if(
        home_.table().queues_matching(">"),
        [&](const broker::QueueInfoPtr& one) { return counts(one->bindings.front()); });
    const auto coming = std::ranges::count_if(
        making_, [&](const auto& one) { return !one.first.temporary && counts(one.first); });
    return there + coming >= policy->destinations_max;
}

void Catalog::journal_definition(const broker::QueueInfoPtr& queue) {
    Turn& turn = home_.turn();
    store::Definition definition{
        .queue = queue->id, .bindings = queue->bindings, .subscription = queue->subscription};
    if (queue->options != nullptr) {
        ByteWriter out;
        encode(out, *queue->options);
        definition.options = as_text(out.bytes());
    }
    const std::size_t record = turn.batch.define(definition);
    fixed_.insert(queue->id);
    turn.then.push_back([this, record, id = queue->id](const Turn& durable) {
        fixed_.erase(fixed_.find(id));
        if (!durable.error()) defined_at_[id] = durable.position(record);
    });
}

void Catalog::when_durable(CatalogAnswer answer) {
    home_.turn().then.push_back(
        [answer = std::move(answer)](const Turn& durable) mutable { answer(durable.error()); });
}

std::vector<Task>* Catalog::being_made(const broker::Destination& destination) {
    const auto found = making_.find(destination);
    return found == making_.end() ? nullptr : &found->second.waiting;
}

void Catalog::made(const broker::Destination& destination) {
    const auto waiting = making_.extract(destination);
    for (Task& again : waiting.mapped().waiting) again();
}

void Catalog::add(const broker::QueueInfoPtr& queue, CatalogAnswer answer) {
    const auto tell_all = [this, queue](CatalogAnswer when_told) {
        apply_everywhere({.what = Change::What::add_queue, .queue = queue}, std::move(when_told));
    };
    if (queue->owner == home_.id()) return tell_all(std::move(answer));
    ShardBroker* const peer = home_.peers()[queue->owner.value];
    home_.loop().post(queue->owner, [peer, back = home_.id(), queue, tell_all,
                                     answer = std::move(answer)]() mutable {
        peer->prepare(queue);
        peer->loop().post(back, [tell_all, answer = std::move(answer)]() mutable {
            tell_all(std::move(answer));
        });
    });
}

broker::QueueInfoPtr Catalog::find(broker::QueueId id) const {
    return home_.table().find(id);
}

void Catalog::remove(broker::QueueId id, CatalogAnswer answer) {
    const broker::QueueInfoPtr queue = home_.table().find(id);
    if (queue == nullptr) return answer({});
    if (queue->durable == Durable::no) {
        return apply_everywhere({.what = Change::What::remove_queue, .queue = queue},
                                std::move(answer));
    }
    retire(queue, [this, queue, answer = std::move(answer)](bool retired) mutable {
        if (!retired) return answer(make_error_code(Errc::has_consumers));
        remove_durable(queue, std::move(answer));
    });
}

void Catalog::retire(const broker::QueueInfoPtr& queue,
                     std::move_only_function<void(bool)> retired) {
    ShardBroker* const peer = home_.peers()[queue->owner.value];
    home_.loop().post(queue->owner, [peer, back = home_.id(), queue,
                                     retired = std::move(retired)]() mutable {
        bool done = true;  // also when it is gone already
        peer->on_queue(*queue, [&done](broker::Queue& q) { done = q.retire(); });
        peer->loop().post(back, [done, retired = std::move(retired)]() mutable { retired(done); });
    });
}

void Catalog::remove_durable(const broker::QueueInfoPtr& queue, CatalogAnswer answer) {
    fixed_.insert(queue->id);
    // Where the definition lies is known once it is durable: get in line behind it.
    when_durable([this, queue, answer = std::move(answer)](std::error_code error) mutable {
        fixed_.erase(fixed_.find(queue->id));
        if (error) return answer(error);
        const auto definition = defined_at_.extract(queue->id);
        if (definition.empty()) return answer({});
        apply_everywhere(
            {.what = Change::What::remove_queue, .queue = queue, .defined_at = definition.mapped()},
            [&home = home_, owner = queue->owner,
             answer = std::move(answer)](std::error_code refused) mutable {
                if (refused) return answer(refused);
                answer_when_durable(home, owner, std::move(answer));
            });
    });
}

void Catalog::add_temporary(const broker::Destination& destination, broker::TemporaryOwner owner,
                            const std::string& connection, CatalogAnswer answer) {
    if (home_.table().owner(destination.view()) != nullptr) return answer({});
    if (std::vector<Task>* const waiting = being_made(destination)) {
        waiting->push_back([answer = std::move(answer)]() mutable { answer({}); });
        return;
    }
    making_[destination];
    auto announce = [this, destination, owner, connection,
                     answer = std::move(answer)](std::error_code) mutable {
        apply_everywhere(
            {.what = Change::What::add_temporary,
             .temporary = destination,
             .owner = owner,
             .connection = connection},
            [this, destination, answer = std::move(answer)](std::error_code error) mutable {
                answer(error);
                made(destination);
            });
    };
    if (destination.domain == broker::Domain::topic) return announce({});
    auto info = std::make_shared<broker::QueueInfo>();
    info->id = next_id();
    info->owner = owner.shard;
    info->bindings = {destination};
    info->connection_shard = owner.shard;
    info->connection = owner.connection;
    add(info, std::move(announce));
}

void Catalog::remove_temporary(const broker::Destination& destination, std::string connection,
                               CatalogAnswer answer) {
    if (std::vector<Task>* const waiting = being_made(destination)) {
        waiting->push_back([this, destination, connection, answer = std::move(answer)]() mutable {
            remove_temporary(destination, std::move(connection), std::move(answer));
        });
        return;
    }
    if (home_.table().owner(destination.view()) == nullptr) return answer({});
    if (destination.domain == broker::Domain::queue) {
        const auto route = home_.table().route(destination.view());
        if (!route.empty()) {
            apply_everywhere({.what = Change::What::remove_queue, .queue = route.front()},
                             [](auto) {});
        }
    }
    apply_everywhere({.what = Change::What::remove_temporary,
                      .temporary = destination,
                      .connection = std::move(connection)},
                     std::move(answer));
}

void Catalog::identify(std::string_view client_id, std::string_view instance,
                       broker::Takeover takeover, broker::TemporaryOwner connection,
                       CatalogAnswer answer) {
    const auto found = clients_.find(client_id);
    if (found != clients_.end() && found->second.connection != connection) {
        const bool stranger = found->second.instance != instance;
        if (takeover == broker::Takeover::none || (stranger && takeover == broker::Takeover::own)) {
            return answer(make_error_code(Errc::client_id_in_use));
        }
        found->second.instance = instance;
        const broker::TemporaryOwner old = std::exchange(found->second.connection, connection);
        return evict(old, std::move(answer));
    }
    clients_.insert_or_assign(std::string(client_id), Client{std::string(instance), connection});
    answer({});
}

void Catalog::evict(broker::TemporaryOwner old, CatalogAnswer answer) {
    home_.loop().post(old.shard, [peer = home_.peers()[old.shard.value], back = home_.id(), old,
                                  answer = std::move(answer)]() mutable {
        if (Connection* evicted = peer->find(old.connection)) {
            evicted->evict(broker::ConnectionEnd::taken_over);
        }
        // Behind all that the old connection's end asks of the catalog.
        peer->loop().post(back, [answer = std::move(answer)]() mutable { answer({}); });
    });
}

void Catalog::forget_client(std::string_view client_id, broker::TemporaryOwner connection) {
    const auto found = clients_.find(client_id);
    if (found != clients_.end() && found->second.connection == connection) clients_.erase(found);
}

bool Catalog::is_first_death(const broker::Destination& letters, std::uint64_t lsn,
                             std::size_t depth) {
    Deaths& deaths = deaths_[letters];
    if (!deaths.known.insert(lsn).second) return false;
    deaths.order.push_back(lsn);
    while (deaths.order.size() > depth) {
        deaths.known.erase(deaths.order.front());
        deaths.order.pop_front();
    }
    return true;
}

void Catalog::refresh_definitions(journal::Lsn before) {
    std::vector<broker::QueueId> there;
    for (const auto& [id, at] : defined_at_) {
        if (at.lsn < before.value && !fixed_.contains(id)) there.push_back(id);
    }
    std::vector<store::DocumentKey> documents;
    for (const auto& [key, kept] : documents_) {
        if (kept.at && kept.at.lsn < before.value) documents.push_back(key);
    }
    for (const store::DocumentKey& key : documents) keep(key, documents_[key].value);
    for (const broker::QueueId id : there) {
        const broker::QueueInfoPtr queue = home_.table().find(id);
        home_.turn().batch.release(defined_at_[id]);
        journal_definition(queue);
    }
}

void Catalog::apply_everywhere(Change change, CatalogAnswer answer) {
    std::vector<broker::Binding> gone;
    if (change.what == Change::What::add_queue) {
        log::debug(broker::kInternalEvents, "{} is made",
                   readable(change.queue->bindings.front().view()));
        tell_of_demand(*change.queue);
    }
    if (change.what == Change::What::remove_queue) {
        log::debug(broker::kInternalEvents, "{} is removed",
                   readable(change.queue->bindings.front().view()));
        forget_demand(*change.queue);
        gone = forget_bindings(*change.queue);
    }
    home_.apply(change);
    remove_unused(gone);
    const std::uint16_t others = static_cast<std::uint16_t>(home_.loop().count() - 1);
    if (others == 0) return answer({});
    struct Pending {
        Change change;
        CatalogAnswer answer;
        std::uint16_t left;
    };
    auto pending = std::make_shared<Pending>(std::move(change), std::move(answer), others);
    for (std::uint16_t shard = 0; shard <= others; ++shard) {
        if (ShardId{shard} == home_.id()) continue;
        ShardBroker* peer = home_.peers()[shard];
        home_.loop().post(ShardId{shard}, [peer, pending, back = home_.id()] {
            peer->apply(pending->change);
            peer->loop().post(back, [pending] {
                if (--pending->left == 0) pending->answer({});
            });
        });
    }
}

ShardId Catalog::choose_owner() {
    return ShardId{static_cast<std::uint16_t>(next_owner_++ % home_.loop().count())};
}

}  // namespace tern::engine
