#include "base/log.h"
#include "broker/api/errors.h"
#include "engine/catalog.h"
#include "engine/shard_broker.h"
#include "security/printable.h"

#include <algorithm>
#include <utility>

namespace tern::engine {

using broker::Errc;
using broker::SubscriptionKey;

void Catalog::subscribe(SubscriptionRequest request, CatalogAnswer answer) {
    if (request.named) return subscribe_named(std::move(request), std::move(answer), false);
    const auto info = make_subscription(request);
    info->owner = request.consumer.shard;
    info->connection_shard = request.consumer.shard;
    info->connection = request.consumer.connection;
    *request.queue = info->id;
    add(info, std::move(answer));
}

std::shared_ptr<broker::QueueInfo> Catalog::make_subscription(const SubscriptionRequest& request) {
    auto info = std::make_shared<broker::QueueInfo>();
    info->id = next_id();
    info->bindings = request.topics;
    info->filter = request.filter;
    info->no_local = request.no_local;
    info->client_id = request.client_id;
    return info;
}

void Catalog::subscribe_named(SubscriptionRequest request, CatalogAnswer answer, bool flushed) {
    Named& named = named_[request.named->key];
    if (named.busy) {
        named.waiting.push_back(
            [this, request = std::move(request), answer = std::move(answer)]() mutable {
                subscribe_named(std::move(request), std::move(answer), false);
            });
        return;
    }
    if (named.queue == nullptr) return make_named(request, std::move(answer));
    const broker::QueueInfo& there = *named.queue;
    const bool same = there.subscription == request.named && there.bindings == request.topics &&
                      (there.durable == Durable::no) == request.transient;
    if (same && (named.users.empty() || request.named->shared)) {
        return join(named, request, std::move(answer));
    }
    if (named.users.empty()) {
        return remove_named(request.named->key, [this, request, answer = std::move(answer)](
                                                    std::error_code error) mutable {
            if (error) return answer(error);
            subscribe_named(std::move(request), std::move(answer), false);
        });
    }
    // Whoever uses it may be on the way out.
    if (!flushed) {
        return flush(named,
                     [this, request = std::move(request), answer = std::move(answer)]() mutable {
                         subscribe_named(std::move(request), std::move(answer), true);
                     });
    }
    const bool both_shared = there.subscription->shared && request.named->shared;
    answer(make_error_code(both_shared ? Errc::subscription_differs : Errc::subscription_in_use));
}

void Catalog::join(Named& named, const SubscriptionRequest& request, CatalogAnswer answer) {
    named.users.push_back(request.consumer);
    *request.queue = named.queue->id;
    answer({});
}

void Catalog::make_named(const SubscriptionRequest& request, CatalogAnswer answer) {
    named_[request.named->key].busy = true;
    const auto info = make_subscription(request);
    info->subscription = request.named;
    info->durable = request.transient ? Durable::no : Durable::yes;
    info->owner = request.transient ? request.consumer.shard : choose_owner();
    if (!request.transient) {
        journal_definition(info);
        answer = [this, answer = std::move(answer)](std::error_code error) mutable {
            if (error) return answer(error);
            when_durable(std::move(answer));
        };
    }
    add(info, [this, info, request, answer = std::move(answer)](std::error_code) mutable {
        Named& named = named_[request.named->key];
        named.queue = info;
        join(named, request, std::move(answer));
        idle(request.named->key);
    });
}

void Catalog::idle(const SubscriptionKey& key) {
    Named& named = named_.at(key);
    named.busy = false;
    for (Task& again : std::exchange(named.waiting, {})) again();
    const auto left = named_.find(key);
    if (left == named_.end() || left->second.busy || left->second.queue != nullptr) return;
    named_.erase(left);
}

void Catalog::remove_named(const SubscriptionKey& key, CatalogAnswer answer) {
    Named& named = named_[key];
    named.busy = true;
    remove(named.queue->id, [this, key, answer = std::move(answer)](std::error_code error) mutable {
        if (!error) named_[key].queue = nullptr;
        // Whatever the answer does next comes before those who wait.
        named_[key].busy = false;
        answer(error);
        if (const auto found = named_.find(key); found != named_.end() && !found->second.busy) {
            idle(key);
        }
    });
}

void Catalog::leave(broker::QueueId subscription, broker::TemporaryOwner consumer) {
    const broker::QueueInfoPtr queue = home_.table().find(subscription);
    if (queue == nullptr || !queue->subscription) return;
    const auto found = named_.find(queue->subscription->key);
    if (found == named_.end() || found->second.queue != queue) return;
    auto& users = found->second.users;
    const auto user = std::ranges::find(users, consumer);
    if (user != users.end()) users.erase(user);
    found->second.left_ms = home_.wall_ms();
    if (!users.empty() || queue->durable == Durable::yes || found->second.busy) return;
    remove_named(queue->subscription->key, [](std::error_code) {});
}

void Catalog::forget_subscription(const SubscriptionKey& key, CatalogAnswer answer) {
    const auto found = named_.find(key);
    // It may be named and gone while others wait for its end, too.
    if (found == named_.end() || (!found->second.busy && found->second.queue == nullptr)) {
        return answer(make_error_code(Errc::no_such_subscription));
    }
    Named& named = found->second;
    if (named.busy) {
        named.waiting.push_back([this, key, answer = std::move(answer)]() mutable {
            forget_subscription(key, std::move(answer));
        });
        return;
    }
    flush(named, [this, key, answer = std::move(answer)]() mutable {
        const auto still = named_.find(key);
        const bool gone = still == named_.end() || still->second.queue == nullptr;
        if (gone || still->second.busy) return forget_subscription(key, std::move(answer));
        if (!still->second.users.empty()) {
            return answer(make_error_code(Errc::subscription_in_use));
        }
        remove_named(key, std::move(answer));
    });
}

void Catalog::forget_offline(std::int64_t ms) {
    const std::int64_t now = home_.wall_ms();
    std::vector<SubscriptionKey> over;
    for (const auto& [key, named] : named_) {
        const bool idle = named.queue != nullptr && !named.busy && named.users.empty();
        if (idle && named.queue->durable == Durable::yes && now - named.left_ms >= ms) {
            over.push_back(key);
        }
    }
    for (const SubscriptionKey& key : over) {
        log::info("engine", "the durable subscription {} of {} was not used for {} ms and ends",
                  security::printable(key.name), security::printable(key.client_id), ms);
        remove_named(key, [](std::error_code) {});
    }
}

void Catalog::flush(const Named& named, Task then) {
    if (named.users.empty()) return then();
    // The way of a consumer's end: from its connection to the queue, and from there to here.
    const ShardId user = named.users.front().shard;
    const ShardId owner = named.queue->owner;
    const std::span<ShardBroker* const> peers = home_.peers();
    home_.loop().post(user,
                      [peers, user, owner, home = home_.id(), then = std::move(then)]() mutable {
                          peers[user.value]->loop().post(
                              owner, [peers, owner, home, then = std::move(then)]() mutable {
                                  peers[owner.value]->loop().post(home, std::move(then));
                              });
                      });
}

}  // namespace tern::engine
