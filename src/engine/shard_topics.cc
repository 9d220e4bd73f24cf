// The part of ShardBroker that does what policies say of topics: what of their past is kept, whom a
// message is for, in which order it comes.
#include "engine/shard_broker.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tern::engine {
namespace {

/// How often the past is looked at for what is too old.
constexpr Millis kForgetEvery{1000};

/// Each topic's past has its place on one shard, wherever its senders are.
ShardId home_of(const broker::Destination& topic, std::uint16_t shards) {
    return ShardId{static_cast<std::uint16_t>(broker::DestinationHash()(topic) % shards)};
}

bool covers(const broker::QueueInfo& subscription, const broker::Destination& topic) {
    return std::ranges::any_of(subscription.bindings, [&topic](const broker::Destination& binding) {
        return binding.domain == topic.domain && binding.temporary == topic.temporary &&
               broker::matches(binding.name, topic.name);
    });
}

std::string_view client_id_of(const broker::QueueInfo& subscription) {
    return subscription.subscription ? std::string_view(subscription.subscription->key.client_id)
                                     : std::string_view(subscription.client_id);
}

}  // namespace

void ShardBroker::remember(const broker::DestinationView& to, const MessagePtr& message,
                           const Publisher* publisher) {
    if (!settings_->policies.keeps_history()) return;
    Remembered one{.message = message, .at_ms = wall_ms(), .heard = subscriptions_heard_};
    if (publisher != nullptr) {
        one.shard = publisher->shard;
        one.connection = publisher->connection;
        one.client_id = publisher->client_id;
    }
    if (forwards_.empty()) return remember(broker::Destination(to), one);
    for (const broker::Destination& taker : forwards_.follow(to, message.get())) {
        remember(taker, one);
    }
}

void ShardBroker::remember(const broker::Destination& topic, Remembered one) {
    if (topic.domain != broker::Domain::topic || topic.name.starts_with('$')) return;
    const broker::PolicyPtr policy = settings_->policies.find(topic.view());
    if (policy->history.kind == broker::TopicHistory::Kind::none) return;
    const ShardId home = home_of(topic, loop_.count());
    if (home != id()) {
        return loop_.post(home, [peer = peers_[home.value], topic, one = std::move(one)]() mutable {
            peer->remember(topic, std::move(one));
        });
    }
    histories_[topic].add(std::move(one), policy->history);
    if (!history_timer_.armed()) {
        loop_.timers().arm(history_timer_, loop_.clock().now() + kForgetEvery);
    }
}

void ShardBroker::forget_past() {
    for (auto one = histories_.begin(); one != histories_.end();) {
        auto& [topic, history] = *one;
        const broker::PolicyPtr policy = settings_->policies.find(topic.view());
        const bool empty = history.recall(policy->history, wall_ms()).empty();
        one = empty ? histories_.erase(one) : std::next(one);
    }
    if (histories_.empty()) return;
    loop_.timers().arm(history_timer_, loop_.clock().now() + kForgetEvery);
}

void ShardBroker::recall(const broker::QueueInfoPtr& subscription, bool asked, Task done) {
    struct Search {
        std::vector<std::size_t> senders_left;  ///< of each shard with histories, there
        std::size_t left = 0;
        std::vector<Remembered> found = {};
        Task done;
    };
    const std::size_t shards = peers_.size();
    auto search =
        std::make_shared<Search>(Search{.senders_left = std::vector<std::size_t>(shards, shards),
                                        .left = shards,
                                        .done = std::move(done)});
    const auto found = heard_at_.find(subscription->id);
    const std::uint64_t heard = found == heard_at_.end() ? subscriptions_heard_ : found->second;
    const auto arrived = [this, subscription, search](std::vector<Remembered> some) {
        std::ranges::move(some, std::back_inserter(search->found));
        if (--search->left > 0) return;
        std::ranges::stable_sort(search->found, {}, &Remembered::at_ms);
        std::vector<MessagePtr> messages;
        for (Remembered& one : search->found) messages.push_back(std::move(one.message));
        if (broker::Queue* const queue = own(subscription->id)) queue->begin_with(messages);
        search->done();
    };
    // Each shard speaks to each: behind what it had sent there before it heard of the subscription.
    for (ShardBroker* const sender : peers_) {
        loop_.post(sender->id(), [this, sender, subscription, asked, heard, search, arrived] {
            for (ShardBroker* const keeper : sender->peers_) {
                sender->loop_.post(keeper->id(), [this, keeper, subscription, asked, heard, search,
                                                  arrived] {
                    if (--search->senders_left[keeper->id().value] > 0) return;
                    keeper->loop_.post(id(), [arrived, some = keeper->recalled(*subscription, asked,
                                                                               heard)]() mutable {
                        arrived(std::move(some));
                    });
                });
            }
        });
    }
}

std::vector<Remembered> ShardBroker::recalled(const broker::QueueInfo& subscription, bool asked,
                                              std::uint64_t heard) {
    std::vector<Remembered> found;
    for (auto& [topic, history] : histories_) {
        const broker::PolicyPtr policy = settings_->policies.find(topic.view());
        if ((!asked && !policy->always_retroactive) || !covers(subscription, topic)) continue;
        for (const Remembered& one : history.recall(policy->history, wall_ms())) {
            const Publisher publisher = one.publisher();
            const std::int64_t expires_at = one.message->header().expires_at_ms;
            const bool expired = expires_at != 0 && expires_at <= wall_ms();
            if (!expired && one.heard < heard && takes(subscription, *one.message, &publisher)) {
                found.push_back(one);
            }
        }
    }
    return found;
}

bool ShardBroker::keeps_order(const broker::DestinationView& to) const {
    using broker::TopicOrder;
    const broker::PolicyMap& policies = settings_->policies;
    return policies.has_topic_order(TopicOrder::strict) && to.domain == broker::Domain::topic &&
           policies.find(to)->topic_dispatch.order == TopicOrder::strict;
}

bool ShardBroker::gets(const broker::QueueInfo& queue, const Message& message) const {
    const broker::DestinationView name = queue.bindings.front().view();
    const broker::VirtualTopic* const rule = settings_->virtual_topics.rule_of(name.name);
    if (rule == nullptr) return true;
    if (rule->selective && !interests_.takes(name.name, message)) return false;
    return !rule->drops || !queue.full.load(std::memory_order_relaxed) ||
           patience(name, broker::Limit::destination) != Millis(0);
}

std::span<const broker::QueueInfoPtr> ShardBroker::addressees(
    const broker::DestinationView& to, const Message& message,
    std::span<const broker::QueueInfoPtr> queues, std::vector<broker::QueueInfoPtr>& found) const {
    using broker::TopicOrder;
    if (to.domain != broker::Domain::topic) return queues;
    const broker::PolicyMap& policies = settings_->policies;
    const bool chooses = settings_->virtual_topics.choose();
    std::string client_id;
    bool addressed = true;
    if (policies.has_topic_order(TopicOrder::client_id_filter)) {
        const broker::PolicyPtr policy = policies.find(to);
        const broker::TopicDispatch& rule = policy->topic_dispatch;
        if (rule.order == TopicOrder::client_id_filter) {
            client_id = text_of(rule.client_id_property)(message);
            addressed = to.name.ends_with(rule.ending);
        }
    }
    if (!chooses && client_id.empty()) return queues;
    std::vector<broker::QueueInfoPtr> wanted;
    std::ranges::copy_if(queues, std::back_inserter(wanted), [&](const auto& queue) {
        if (!queue->is_subscription()) return !chooses || gets(*queue, message);
        return client_id.empty() || (addressed && client_id_of(*queue) == client_id);
    });
    found = std::move(wanted);
    return found;
}

}  // namespace tern::engine
