#include "engine/routing.h"
#include "engine/shard_broker.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tern::engine {
namespace {

/// What policies say of exchanges. The settings outlive it.
broker::Topology::AlternateOf alternates(const Settings& settings) {
    if (settings.vhost_policies == nullptr) return nullptr;
    return [policies = settings.vhost_policies.get()](const broker::Exchange& exchange) {
        return policies->alternate_of(exchange.vhost, exchange.name);
    };
}

}  // namespace

std::span<const broker::QueueInfoPtr> ShardBroker::find_queues(
    const broker::DestinationView& to, const Message& message,
    std::vector<broker::QueueInfoPtr>& found) const {
    if (forwards_.empty()) return addressees(to, message, bound_queues(to, message, found), found);
    for (const broker::Destination& taker : forwards_.follow(to, &message)) {
        std::vector<broker::QueueInfoPtr> some;
        const auto bound = bound_queues(taker.view(), message, some);
        for (const broker::QueueInfoPtr& queue : addressees(taker.view(), message, bound, some)) {
            if (std::ranges::find(found, queue) == found.end()) found.push_back(queue);
        }
    }
    return found;
}

std::span<const broker::QueueInfoPtr> ShardBroker::bound_queues(
    const broker::DestinationView& to, const Message& message,
    std::vector<broker::QueueInfoPtr>& found) const {
    const auto queues = table_.route(to);
    if (to.domain != broker::Domain::topic || to.temporary) return queues;
    const bool may_have_alternate = queues.empty() && settings_->vhost_policies != nullptr;
    if (!topology_.tree_has_bindings() && !may_have_alternate) return queues;
    const std::array keys{to.name};
    found.assign(queues.begin(), queues.end());
    topology_.route({broker::kDefaultVhost, broker::kTopicTree, keys}, message, formats_,
                    alternates(*settings_), found);
    return found;
}

void ShardBroker::find_queues(const broker::ExchangeAddress& to, const Message& message,
                              std::vector<broker::QueueInfoPtr>& queues) const {
    const auto add = [&](broker::Domain domain, std::string_view name) {
        const auto found = table_.route({domain, false, name});
        queues.insert(queues.end(), found.begin(), found.end());
    };
    if (to.exchange.empty()) {
        for (const std::string_view key : to.keys) {
            if (to.vhost == broker::kDefaultVhost) {
                add(broker::Domain::queue, key);
            } else {
                add(broker::Domain::queue, broker::queue_address(to.vhost, key));
            }
        }
    } else if (to.exchange == broker::kTopicTree && to.vhost == broker::kDefaultVhost) {
        for (const std::string_view key : to.keys) add(broker::Domain::topic, key);
    }
    topology_.route(to, message, formats_, alternates(*settings_), queues);
}

void ShardBroker::stage(MessagePtr message, Routed routed, const broker::Origin& origin,
                        Traced trace) {
    if (routed.routes.empty()) return;
    if (routed.limited) return stage_limited(message, routed, origin, trace);
    Turn& turn = this->turn();
    if (trace.number != 0) {
        turn.traced.push_back({turn.publications.size(), trace.number, trace.awaited});
    }
    Publication publication{
        .message = std::move(message), .routes = std::move(routed.routes), .record = {}};
    if (routed.durable) {
        publication.record = turn.batch.publish(*publication.message, publication.routes, origin);
        if (!origin.is_message_id()) producers_.note(origin);
    }
    turn.publications.push_back(std::move(publication));
}

void ShardBroker::commit(const Transaction& work, const Publisher& sender) {
    Turn& turn = this->turn();
    turn.atomic = true;
    // Queues deleted since the publish are not made again: the message has no destination any more.
    for (const StagedPublish& one : work.publishes) {
        std::vector<broker::QueueInfoPtr> found_now;
        const std::span<const broker::QueueInfoPtr> queues =
            one.queues.empty() ? find_queues(one.to.view(), *one.message, found_now)
                               : std::span<const broker::QueueInfoPtr>(one.queues);
        remember(one.to.view(), one.message, &sender);
        stage(one.message, route(*one.message, queues, &sender), one.origin,
              {.number = one.trace, .awaited = sender.connection != broker::ConnectionNumber()});
        watch_published(one.to.view(), one.message, queues);
    }
    for (const StagedAccept& accept : work.accepts) {
        for (const broker::DeliveryTag& tag : accept.tags) {
            // The queue says what that frees: the message may lie elsewhere by then.
            if (tag.at) turn.batch.consume(tag.queue, tag.at);
            turn.consumed.push_back(tag);
        }
    }
}

void ShardBroker::commit(const BranchPart& part) {
    commit(part.work, {part.key.shard, part.key.connection, part.client_id});
}

void ShardBroker::rollback(const Transaction& work) {
    for (const StagedAccept& accept : work.accepts) {
        for (const broker::DeliveryTag& tag : accept.tags) {
            // A durable queue stays as long as any of its messages is staged.
            const broker::QueueInfoPtr queue = table_.find(tag.queue);
            if (queue == nullptr) continue;
            on_queue(*queue, [who = accept.consumer, ordinal = tag.ordinal](broker::Queue& q) {
                q.unstage(who, {&ordinal, 1});
            });
        }
    }
}

void ShardBroker::when_arrived(Task then) {
    struct Pending {
        std::size_t left;
        Task then;
    };
    auto pending = std::make_shared<Pending>(peers_.size(), std::move(then));
    for (ShardBroker* const peer : peers_) {
        loop_.post(peer->id(), [peer, back = id(), pending] {
            peer->loop().post(back, [pending] {
                if (--pending->left == 0) pending->then();
            });
        });
    }
}

void ShardBroker::hand_in(BranchPart part) {
    when_arrived([this, part = std::move(part)]() mutable {
        ask(
            [part = std::move(part)](Catalog& catalog, CatalogAnswer answer) mutable {
                catalog.hand_in(std::move(part));
                answer({});
            },
            [](std::error_code) {});
    });
}

}  // namespace tern::engine
