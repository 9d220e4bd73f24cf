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

/// A sender's wish to have a message kept for those who come later, and what these see of it.
constexpr std::string_view kRetain = "ActiveMQ.Retain";
constexpr std::string_view kRetained = "ActiveMQ.Retained";

/// Each topic's past has its place on one shard, wherever its senders are.
ShardId home_of(const broker::Destination& topic, std::uint16_t shards) {
    return ShardId{static_cast<std::uint16_t>(broker::DestinationHash()(topic) % shards)};
}

/// The topics, or patterns of some, that it gets messages of.
std::vector<broker::Destination> topics_of(const broker::QueueInfo& queue,
                                           const broker::VirtualTopics& virtual_topics) {
    if (queue.is_subscription()) return queue.bindings;
    std::vector<broker::Destination> topics;
    for (std::string& topic : virtual_topics.topics_of(queue.bindings.front().name)) {
        topics.emplace_back(broker::Domain::topic, false, std::move(topic));
    }
    return topics;
}

bool covers(const std::vector<broker::Destination>& topics, const broker::Destination& topic) {
    return std::ranges::any_of(topics, [&topic](const broker::Destination& one) {
        return one.domain == topic.domain && one.temporary == topic.temporary &&
               broker::matches(one.name, topic.name);
    });
}

/// As those get it who come later; nothing: without a body it says that nothing is kept any more.
std::optional<Remembered> marked_as_retained(Remembered one, const message::Formats& formats) {
    if (one.message->body_bytes() == 0) return {};
    message::Amendment change;
    change.removed = {kRetain};
    change.set = {{kRetained, {true}}};
    if (auto marked = formats.amend(*one.message, change)) one.message = std::move(*marked);
    return one;
}

std::string_view client_id_of(const broker::QueueInfo& subscription) {
    return subscription.subscription ? std::string_view(subscription.subscription->key.client_id)
                                     : std::string_view(subscription.client_id);
}

}  // namespace

bool ShardBroker::is_retained(const broker::DestinationView& to, const Message& message) const {
    if (to.domain != broker::Domain::topic || to.temporary) return false;
    if (to.name.starts_with('$') || to.name.starts_with("ActiveMQ.Advisory.")) return false;
    const auto names_it = [](Bytes bytes) { return as_text(bytes).contains(kRetain); };
    if (!names_it(message.properties()) && !names_it(message.native())) return false;
    std::string scratch;
    const auto value = formats_.find(message, kRetain, scratch);
    if (const auto* const said = std::get_if<bool>(&value)) return *said;
    const auto* const text = std::get_if<std::string_view>(&value);
    return text != nullptr && *text == "true";
}

void ShardBroker::remember(const broker::DestinationView& to, const MessagePtr& message,
                           const Publisher* publisher) {
    const bool retained = is_retained(to, *message);
    if (!retained && !settings_->policies.keeps_history()) return;
    Remembered one{.message = message, .at_ms = wall_ms(), .heard = queues_heard_};
    if (publisher != nullptr) {
        one.shard = publisher->shard;
        one.connection = publisher->connection;
        one.client_id = publisher->client_id;
    }
    if (forwards_.empty()) return remember(broker::Destination(to), one, retained);
    for (const broker::Destination& taker : forwards_.follow(to, message.get())) {
        remember(taker, one, retained);
    }
}

void ShardBroker::remember(const broker::Destination& topic, Remembered one, bool retained) {
    if (topic.domain != broker::Domain::topic || topic.name.starts_with('$')) return;
    const broker::TopicHistory kept = settings_->policies.find(topic.view())->kept_history();
    if (!retained && kept.kind == broker::TopicHistory::Kind::none) return;
    const ShardId home = home_of(topic, loop_.count());
    if (home != id()) {
        return loop_.post(
            home, [peer = peers_[home.value], topic, one = std::move(one), retained]() mutable {
                peer->remember(topic, std::move(one), retained);
            });
    }
    History& history = histories_[topic];
    one.number = history.next();
    if (retained) history.retain(marked_as_retained(one, formats_));
    history.add(std::move(one), kept);
    if (!history_timer_.armed()) {
        loop_.timers().arm(history_timer_, loop_.clock().now() + kForgetEvery);
    }
}

void ShardBroker::forget_past() {
    for (auto one = histories_.begin(); one != histories_.end();) {
        auto& [topic, history] = *one;
        const broker::PolicyPtr policy = settings_->policies.find(topic.view());
        const bool empty = history.recall(policy->kept_history(), wall_ms()).empty() &&
                           !history.retained().has_value();
        one = empty ? histories_.erase(one) : std::next(one);
    }
    if (histories_.empty()) return;
    loop_.timers().arm(history_timer_, loop_.clock().now() + kForgetEvery);
}

void ShardBroker::recall(const broker::QueueInfoPtr& subscription, bool asked, Task done) {
    gather_past(subscription, asked,
                [this, id = subscription->id,
                 done = std::move(done)](const std::vector<MessagePtr>& messages) mutable {
                    if (broker::Queue* const queue = own(id)) queue->begin_with(messages);
                    done();
                });
}

void ShardBroker::recall_on_queue(broker::QueueId id, bool asked) {
    const broker::Queue* const queue = own(id);
    const auto heard = heard_at_.find(id);
    if (queue == nullptr || heard == heard_at_.end()) return;
    const broker::QueueInfoPtr info = queue->info();
    // Nobody is told of it twice, and only consumers ask for what is not always kept for all.
    const bool always = std::ranges::any_of(
        settings_->virtual_topics.topics_of(info->bindings.front().name),
        [this](const std::string& topic) {
            return settings_->policies.find({broker::Domain::topic, false, topic})
                ->always_recalls();
        });
    if (!asked && !always) return;
    gather_past(info, asked, [this, info](const std::vector<MessagePtr>& messages) {
        const std::span<const broker::QueueInfoPtr> to(&info, 1);
        for (const MessagePtr& one : messages) stage(one, route(*one, to, nullptr), {});
    });
    heard_at_.erase(id);
}

void ShardBroker::gather_past(const broker::QueueInfoPtr& queue, bool asked, Recalled done) {
    struct Search {
        std::vector<std::size_t> senders_left;  ///< of each shard with histories, there
        std::size_t left = 0;
        std::vector<Remembered> found = {};
        Recalled done;
    };
    const std::size_t shards = peers_.size();
    auto search =
        std::make_shared<Search>(Search{.senders_left = std::vector<std::size_t>(shards, shards),
                                        .left = shards,
                                        .done = std::move(done)});
    const auto found = heard_at_.find(queue->id);
    const std::uint64_t heard = found == heard_at_.end() ? queues_heard_ : found->second;
    const auto arrived = [search](std::vector<Remembered> some) {
        std::ranges::move(some, std::back_inserter(search->found));
        if (--search->left > 0) return;
        std::ranges::stable_sort(search->found, {}, &Remembered::at_ms);
        std::vector<MessagePtr> messages;
        for (Remembered& one : search->found) messages.push_back(std::move(one.message));
        search->done(std::move(messages));
    };
    // Each shard speaks to each: behind what it had sent there before it heard of the queue.
    for (ShardBroker* const sender : peers_) {
        loop_.post(sender->id(), [this, sender, queue, asked, heard, search, arrived] {
            for (ShardBroker* const keeper : sender->peers_) {
                sender->loop_.post(keeper->id(), [this, keeper, queue, asked, heard, search,
                                                  arrived] {
                    if (--search->senders_left[keeper->id().value] > 0) return;
                    keeper->loop_.post(
                        id(), [arrived, some = keeper->recalled(*queue, asked, heard)]() mutable {
                            arrived(std::move(some));
                        });
                });
            }
        });
    }
}

std::vector<Remembered> ShardBroker::recalled(const broker::QueueInfo& queue, bool asked,
                                              std::uint64_t heard) {
    const std::vector<broker::Destination> topics = topics_of(queue, settings_->virtual_topics);
    std::vector<Remembered> found;
    const auto give = [&](const Remembered& one) {
        const Publisher publisher = one.publisher();
        const std::int64_t expires_at = one.message->header().expires_at_ms;
        const bool expired = expires_at != 0 && expires_at <= wall_ms();
        if (!expired && one.heard < heard && takes(queue, *one.message, &publisher)) {
            found.push_back(one);
        }
    };
    for (auto& [topic, history] : histories_) {
        const broker::PolicyPtr policy = settings_->policies.find(topic.view());
        if ((!asked && !policy->always_recalls()) || !covers(topics, topic)) continue;
        const std::deque<Remembered>& kept = history.recall(policy->kept_history(), wall_ms());
        const auto& retained = history.retained();
        const bool twice = retained && !kept.empty() && kept.front().number <= retained->number;
        if (retained && !twice) give(*retained);
        for (const Remembered& one : kept) give(one);
    }
    return found;
}

bool ShardBroker::keeps_order(const broker::DestinationView& to) const {
    using broker::TopicOrder;
    const broker::PolicyMap& policies = settings_->policies;
    return policies.has_topic_order(TopicOrder::strict) && to.domain == broker::Domain::topic &&
           policies.find(to)->topic_dispatch.order == TopicOrder::strict;
}

bool ShardBroker::admits(const broker::DestinationView& queue, const Message& message) const {
    const broker::PolicyPtr policy = settings_->policies.find(queue);
    if (queue.temporary || queue.name.starts_with('$')) return true;
    if (!policy->enabled || policy->filter.empty()) return policy->enabled;
    const auto [known, added] = filters_.try_emplace(policy->filter);
    if (added) known->second = broker::Filter::parse(policy->filter, formats_).value_or(nullptr);
    return known->second != nullptr && known->second->matches(message, 0);
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
    const broker::PolicyMap& policies = settings_->policies;
    const bool topic = to.domain == broker::Domain::topic;
    const bool filters = policies.filters_queues();
    const bool chooses = topic && settings_->virtual_topics.choose();
    std::string client_id;
    bool addressed = true;
    if (topic && policies.has_topic_order(TopicOrder::client_id_filter)) {
        const broker::PolicyPtr policy = policies.find(to);
        const broker::TopicDispatch& rule = policy->topic_dispatch;
        if (rule.order == TopicOrder::client_id_filter) {
            client_id = text_of(rule.client_id_property)(message);
            addressed = to.name.ends_with(rule.ending);
        }
    }
    if (!chooses && !filters && client_id.empty()) return queues;
    std::vector<broker::QueueInfoPtr> wanted;
    std::ranges::copy_if(queues, std::back_inserter(wanted), [&](const auto& queue) {
        if (!queue->is_subscription()) {
            return (!filters || admits(queue->bindings.front().view(), message)) &&
                   (!chooses || gets(*queue, message));
        }
        return client_id.empty() || (addressed && client_id_of(*queue) == client_id);
    });
    found = std::move(wanted);
    return found;
}

}  // namespace tern::engine
