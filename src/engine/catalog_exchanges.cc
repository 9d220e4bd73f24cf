#include "broker/api/errors.h"
#include "broker/route/encoding.h"
#include "broker/route/errors.h"
#include "engine/catalog.h"
#include "engine/declared_queue.h"
#include "engine/shard_broker.h"

#include <algorithm>

namespace tern::engine {

using broker::Binding;
using broker::Destination;
using broker::Domain;
using broker::Exchange;
using store::DocumentKey;
using store::DocumentKind;

namespace {

DocumentKey key_of(const Exchange& exchange) {
    return {DocumentKind::exchange, exchange.vhost + '\0' + exchange.name};
}

DocumentKey key_of(const Binding& binding) {
    ByteWriter out;
    encode(out, binding);
    return {DocumentKind::binding, std::string(as_text(out.bytes()))};
}

Destination queue_of(std::string_view address) {
    return {Domain::queue, false, std::string(address)};
}

}  // namespace

void Catalog::keep(const DocumentKey& key, std::string value) {
    Turn& turn = home_.turn();
    const std::size_t record = turn.batch.put({key, value});
    Kept& kept = documents_[key];
    if (kept.at) turn.batch.release(std::exchange(kept.at, {}));
    kept.value = std::move(value);
    kept.erased = false;
    ++kept.pending;
    turn.then.push_back(
        [this, key, record](const Turn& durable) { this->kept(key, durable, record); });
}

void Catalog::kept(const DocumentKey& key, const Turn& durable, std::size_t record) {
    if (durable.error()) return;
    const broker::StoredAt at = durable.position(record);
    const auto found = documents_.find(key);
    if (--found->second.pending > 0) {
        home_.turn().batch.release(at);  // a later one counts
    } else if (found->second.erased) {
        home_.turn().batch.erase(key, at);
        documents_.erase(found);
    } else {
        found->second.at = at;
    }
}

void Catalog::erase(const DocumentKey& key) {
    const auto found = documents_.find(key);
    if (found == documents_.end()) return;
    if (!found->second.at) {
        found->second.erased = true;
        return;
    }
    home_.turn().batch.erase(key, found->second.at);
    documents_.erase(found);
}

void Catalog::recover(const store::RecoveredDocument& recovered) {
    const store::Document& document = recovered.document;
    documents_[document.key] = {.value = document.value, .at = recovered.at};
}

void Catalog::declare_exchange(const Exchange& exchange, CatalogAnswer answer) {
    if (home_.topology().find(exchange.vhost, exchange.name) != nullptr) return answer({});
    if (exchange.durable) {
        ByteWriter out;
        encode(out, exchange);
        keep(key_of(exchange), std::string(as_text(out.bytes())));
        answer = [this, answer = std::move(answer)](std::error_code) mutable {
            when_durable(std::move(answer));
        };
    }
    apply_everywhere({.what = Change::What::add_exchange, .exchange = exchange}, std::move(answer));
}

void Catalog::remove_exchange(const std::string& vhost, const std::string& name, bool if_unused,
                              CatalogAnswer answer) {
    const broker::Topology& topology = home_.topology();
    const Exchange* const found = topology.find(vhost, name);
    if (found == nullptr) return answer({});
    if (if_unused && topology.is_source(vhost, name))
        return answer(make_error_code(broker::RouteErrc::in_use));
    const Exchange exchange = *found;
    const std::vector<Binding> to = topology.to_exchange(vhost, name);
    for (const Binding& binding : topology.from(vhost, name)) erase(key_of(binding));
    for (const Binding& binding : to) erase(key_of(binding));
    erase(key_of(exchange));
    if (exchange.durable) {
        answer = [this, answer = std::move(answer)](std::error_code) mutable {
            when_durable(std::move(answer));
        };
    }
    apply_everywhere({.what = Change::What::remove_exchange, .exchange = exchange},
                     std::move(answer));
    remove_unused(to);
}

bool Catalog::is_durable(const Binding& binding) const {
    const broker::Topology& topology = home_.topology();
    if (!topology.find(binding.vhost, binding.source)->durable) return false;
    if (binding.to_exchange) return topology.find(binding.vhost, binding.destination)->durable;
    const auto queues = home_.table().route(queue_of(binding.destination).view());
    return queues.front()->durable == Durable::yes;
}

void Catalog::bind(const Binding& binding, CatalogAnswer answer) {
    const broker::Topology& topology = home_.topology();
    const auto queues = home_.table().route(queue_of(binding.destination).view());
    const bool both_exist =
        topology.find(binding.vhost, binding.source) != nullptr &&
        (binding.to_exchange ? topology.find(binding.vhost, binding.destination) != nullptr
                             : !queues.empty());
    if (!both_exist || topology.is_bound(binding)) return answer({});
    if (is_durable(binding)) {
        keep(key_of(binding), {});
        answer = [this, answer = std::move(answer)](std::error_code) mutable {
            when_durable(std::move(answer));
        };
    }
    apply_everywhere({.what = Change::What::bind,
                      .queue = binding.to_exchange ? nullptr : queues.front(),
                      .binding = binding},
                     std::move(answer));
}

void Catalog::unbind(const Binding& binding, CatalogAnswer answer) {
    // What is bound may have been declared with its headers said differently: the key is the same.
    for (const Binding& bound : home_.topology().from(binding.vhost, binding.source)) {
        if (!bound.is_same(binding)) continue;
        erase(key_of(bound));
        apply_everywhere({.what = Change::What::unbind, .binding = bound}, std::move(answer));
        return remove_unused({bound});
    }
    answer({});
}

std::vector<Binding> Catalog::forget_bindings(const broker::QueueInfo& queue) {
    std::vector<Binding> gone = home_.topology().to_queue(queue.id);
    for (const Binding& binding : gone) erase(key_of(binding));
    return gone;
}

void Catalog::remove_unused(const std::vector<Binding>& gone) {
    for (const Binding& binding : gone) {
        const Exchange* const source = home_.topology().find(binding.vhost, binding.source);
        if (source == nullptr || !source->auto_delete) continue;
        if (home_.topology().is_source(binding.vhost, binding.source)) continue;
        remove_exchange(binding.vhost, binding.source, true, [](std::error_code) {});
    }
}

void Catalog::declare_queue(const std::string& address, const broker::QueueOptions& options,
                            const std::string& user, broker::TemporaryOwner owner,
                            CatalogAnswer answer) {
    const Destination queue = queue_of(address);
    if (!home_.table().route(queue.view()).empty()) return answer({});
    if (std::vector<Task>* const waiting = being_made(queue)) {
        waiting->push_back([answer = std::move(answer)]() mutable { answer({}); });
        return;
    }
    if (is_over_limit(queue) || has_made_enough(queue, user)) {
        return answer(make_error_code(broker::Errc::too_many_destinations));
    }
    making_[queue].user = user;
    auto info = std::make_shared<DeclaredQueue>();
    info->id = next_id();
    info->owner = options.exclusive ? owner.shard : choose_owner();
    info->durable = options.durable && !options.exclusive ? Durable::yes : Durable::no;
    info->bindings = {queue};
    info->made_by = user;
    info->options = std::make_shared<const broker::QueueOptions>(options);
    if (options.exclusive) {
        info->connection_shard = owner.shard;
        info->connection = owner.connection;
    }
    if (info->durable == Durable::yes) {
        journal_definition(info);
        answer = [this, answer = std::move(answer)](std::error_code) mutable {
            when_durable(std::move(answer));
        };
    }
    add(info, [this, queue, answer = std::move(answer)](std::error_code error) mutable {
        answer(error);
        made(queue);
    });
}

bool Catalog::is_over_limit(const Destination& queue) const {
    const std::string_view vhost = broker::split_address(queue.name).vhost;
    const auto max = home_.settings().vhost_limits.find(broker::VhostLimit::vhost_queues, vhost);
    if (!max) return false;
    const auto counts = [vhost](const Destination& one) {
        return !one.temporary && !one.name.starts_with('$') &&
               broker::split_address(one.name).vhost == vhost;
    };
    const auto there = std::ranges::count_if(
        home_.table().queues_matching(">"),
        [&](const broker::QueueInfoPtr& one) { return counts(one->bindings.front()); });
    const auto coming =
        std::ranges::count_if(making_, [&](const auto& one) { return counts(one.first); });
    return there + coming >= *max;
}

void Catalog::remove_exclusive(const std::string& address, broker::TemporaryOwner owner,
                               CatalogAnswer answer) {
    const auto queues = home_.table().route(queue_of(address).view());
    if (queues.empty() || queues.front()->connection_shard != owner.shard ||
        queues.front()->connection != owner.connection) {
        return answer({});
    }
    remove_queue(address, {}, nullptr, std::move(answer));
}

void Catalog::remove_queue(const std::string& address, broker::RemoveCondition condition,
                           const std::shared_ptr<broker::QueueCounts>& counts,
                           CatalogAnswer answer) {
    const auto queues = home_.table().route(queue_of(address).view());
    if (queues.empty()) return answer({});
    const broker::QueueInfoPtr& queue = queues.front();
    ShardBroker* const peer = home_.peers()[queue->owner.value];
    home_.loop().post(queue->owner, [this, peer, queue, condition, counts, back = home_.id(),
                                     answer = std::move(answer)]() mutable {
        const auto dismissed = peer->dismiss(queue->id, condition);
        if (dismissed && counts != nullptr) *counts = *dismissed;
        const std::error_code error = dismissed ? std::error_code() : dismissed.error();
        peer->loop().post(back, [this, queue, error, answer = std::move(answer)]() mutable {
            if (error) return answer(error);
            if (queue->durable == Durable::yes) return remove_durable(queue, std::move(answer));
            if (home_.table().find(queue->id) == nullptr) return answer({});
            apply_everywhere({.what = Change::What::remove_queue, .queue = queue},
                             std::move(answer));
        });
    });
}

void Catalog::remove_vhost(const std::string& vhost, CatalogAnswer answer) {
    struct Removal {
        std::size_t left = 1;
        std::error_code error = {};
        CatalogAnswer answer;
    };
    const auto removal = std::make_shared<Removal>();
    removal->answer = std::move(answer);
    const auto one_done = [this, removal, vhost](std::error_code error) {
        if (error) removal->error = error;
        if (--removal->left > 0) return;
        if (removal->error) return removal->answer(removal->error);
        remove_routes(vhost, std::move(removal->answer));
    };
    for (const broker::QueueInfoPtr& queue : home_.table().queues_matching(">")) {
        const Destination& destination = queue->bindings.front();
        if (destination.temporary || broker::split_address(destination.name).vhost != vhost) {
            continue;
        }
        ++removal->left;
        remove_queue(destination.name, {}, nullptr, one_done);
    }
    one_done({});
}

void Catalog::remove_routes(const std::string& vhost, CatalogAnswer answer) {
    for (const Exchange& exchange : home_.topology().exchanges(vhost)) {
        for (const Binding& binding : home_.topology().from(vhost, exchange.name)) {
            erase(key_of(binding));
        }
        erase(key_of(exchange));
    }
    apply_everywhere({.what = Change::What::remove_vhost, .vhost = vhost},
                     [this, answer = std::move(answer)](std::error_code) mutable {
                         when_durable(std::move(answer));
                     });
}

}  // namespace tern::engine
