#include "protocol/openwire/statistics.h"

#include "base/log.h"
#include "protocol/openwire/advisories.h"
#include "protocol/openwire/codec/id_text.h"
#include "protocol/openwire/codec/primitive_map.h"
#include "protocol/openwire/codec/primitive_view.h"
#include "protocol/openwire/convert.h"
#include "protocol/openwire/notices.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace tern::openwire {
namespace {

using broker::QueueQuery;
using broker::QueueStatus;

constexpr std::string_view kBroker = "ActiveMQ.Statistics.Broker";
constexpr std::string_view kReset = "ActiveMQ.Statistics.Broker.Reset";
constexpr std::string_view kDestination = "ActiveMQ.Statistics.Destination";
constexpr std::string_view kSubscription = "ActiveMQ.Statistics.Subscription";
constexpr std::string_view kEndWithNull = "ActiveMQ.Statistics.Destination.List.End.With.Null";
constexpr std::string_view kFirstMessage =
    "ActiveMQ.Statistics.Destination.Include.First.Message.Timestamp";
constexpr std::string_view kProducers = "ActiveMQ.Advisory.Producer.";

using Counts = std::map<std::string, std::size_t>;
using Statuses = std::vector<QueueStatus>;

/// True when `names` had it.
bool take_away(std::string& names, std::string_view option) {
    const std::size_t at = names.find(option);
    if (at == std::string::npos) return false;
    names.erase(at, option.size());
    return true;
}

/// What several queues, or subscriptions of a topic, come to.
struct Sum {
    broker::QueueCounts counts;
    broker::QueueTotals totals;
    std::uint64_t in_memory = 0;
    std::uint64_t bytes = 0;
    broker::LimitStatus memory;
    broker::Latency times;

    void add(const QueueStatus& one) {
        counts.ready += one.counts.ready;
        counts.unsettled += one.counts.unsettled;
        counts.consumers += one.counts.consumers;
        totals += one.totals;
        in_memory += one.in_memory;
        bytes += one.memory_bytes + one.disk_bytes;
        memory.used += one.memory_bytes;
        // Of a topic: limits are of each subscription.
        memory.limit = std::max(memory.limit, one.memory_limit);
        if (one.latencies == nullptr) return;
        times.recent += one.latencies->queueing.recent;
        times.count += one.latencies->queueing.count;
        times.sum_us += one.latencies->queueing.sum_us;
    }
    [[nodiscard]] std::uint64_t size() const { return counts.ready + counts.unsettled; }
};

double milliseconds(std::uint64_t us) {
    return static_cast<double>(us) / 1000;
}

}  // namespace

/// A map message in the making.
class Statistics::Answer {
public:
    void put(std::string_view key, std::uint64_t number) {
        map_.put(key, {static_cast<std::int64_t>(number)});
    }
    void put_signed(std::string_view key, std::int64_t number) { map_.put(key, {number}); }
    void put_int(std::string_view key, std::int64_t number) {
        map_.put(
            key,
            {static_cast<std::int32_t>(std::clamp<std::int64_t>(number, INT32_MIN, INT32_MAX))});
    }
    void put(std::string_view key, double number) { map_.put(key, {number}); }
    void put_flag(std::string_view key, bool flag) { map_.put(key, {flag}); }
    void put_text(std::string_view key, std::string text) {
        map_.put(key, {std::string_view(texts_.emplace_back(std::move(text)))});
    }
    /// Null, as Java's clients have it, if it is empty.
    void put_some(std::string_view key, const std::string& text) {
        if (!text.empty()) return put_text(key, text);
        map_.put(key, {});
    }
    /// `memoryLimit`, `memoryUsage` and `memoryPercentUsage`.
    void put_limit(const char* name, const broker::LimitStatus& limit) {
        const std::string prefix(name);
        map_.put(texts_.emplace_back(prefix + "Limit"), {static_cast<std::int64_t>(limit.limit)});
        map_.put(texts_.emplace_back(prefix + "Usage"), {static_cast<std::int64_t>(limit.used)});
        map_.put(texts_.emplace_back(prefix + "PercentUsage"),
                 {static_cast<std::int32_t>(limit.percent())});
    }
    void put_all(const Sum& sum, const broker::QueueTotals& totals, std::size_t producers) {
        put("size", sum.size());
        put("enqueueCount", totals.enqueued);
        put("dequeueCount", totals.dequeued);
        put("dispatchCount", totals.dispatched);
        put("expiredCount", totals.expired);
        put("inflightCount", sum.counts.unsettled);
        put("messagesCached", sum.in_memory);
        put("averageMessageSize", sum.size() == 0 ? 0 : sum.bytes / sum.size());
        put("averageEnqueueTime", sum.times.count == 0 ? 0.0
                                                       : milliseconds(sum.times.sum_us) /
                                                             static_cast<double>(sum.times.count));
        put("minEnqueueTime", milliseconds(sum.times.recent.quantile(0)));
        put("maxEnqueueTime", milliseconds(sum.times.recent.quantile(1)));
        put("consumerCount", std::uint64_t{sum.counts.consumers});
        put("producerCount", std::uint64_t{producers});
    }
    [[nodiscard]] const PrimitiveMap& map() const { return map_; }

private:
    PrimitiveMap map_;
    std::deque<std::string> texts_;
};

/// A question while its numbers are gathered.
struct Statistics::Asked : std::enable_shared_from_this<Asked> {
    broker::Operations& broker;
    const Options& options;
    StatisticsQuestion question;
    broker::Destination reply_to;
    std::string correlation_id;
    bool has_correlation_id;
    // What is known by now:
    broker::BrokerStatus status = {};
    Statuses queues = {};
    Statuses subscriptions = {};
    Counts producers = {};  ///< by what follows `kProducers`

    using Then = std::move_only_function<void()>;

    Asked(broker::Operations& whom, const Options& about, StatisticsQuestion what,
          const Message& request)
        : broker(whom),
          options(about),
          question(std::move(what)),
          reply_to(to_broker(*request.reply_to)),
          correlation_id(request.correlation_id.view()),
          has_correlation_id(!request.correlation_id.is_null()) {}

    void list(QueueQuery::Kind kind, Statuses Asked::* into, Then then) {
        broker.list_queues({.kind = kind, .limit = SIZE_MAX, .with_latencies = true},
                           [self = shared_from_this(), into,
                            then = std::move(then)](broker::QueuePage page) mutable {
                               (*self).*into = std::move(page.rows);
                               then();
                           });
    }
    void count_producers(Then then) {
        broker.count_notices(
            std::string(kProducers),
            [self = shared_from_this(), then = std::move(then)](const Counts& counts) mutable {
                for (const auto& [topic, count] : counts) {
                    self->producers[topic.substr(kProducers.size())] = count;
                }
                then();
            });
    }
    void take_status(Then then) {
        broker.status([self = shared_from_this(),
                       then = std::move(then)](const broker::BrokerStatus& now) mutable {
            self->status = now;
            then();
        });
    }
    /// Of a destination: without a limit of its own it has the broker's.
    [[nodiscard]] broker::LimitStatus limited(const broker::LimitStatus& memory) const {
        const std::uint64_t limit = memory.limit == 0 ? status.flow.memory.limit : memory.limit;
        return {.used = memory.used, .limit = limit};
    }
    [[nodiscard]] std::size_t producers_of(const char* type, const std::string& name) const {
        const auto found = producers.find(std::string(type) + "." + name);
        return found == producers.end() ? 0 : found->second;
    }
    [[nodiscard]] bool is_meant(const std::string& name) const {
        return broker::matches(question.names, name);
    }

    void send(Answer& answer) const {
        answer.put_text("brokerName", options.broker_name);
        answer.put_text("brokerId", options.broker_id);
        send(answer.map());
    }
    /// An empty map without a body, as the one that ends a list.
    void send(const PrimitiveMap& map) const {
        ByteWriter encoded;
        Message message;
        message.type = DataType::map_message;
        message.producer_id = ProducerId{.connection_id = options.broker_id};
        message.message_id = MessageId{.producer_id = message.producer_id,
                                       .producer_sequence_id = next_advisory_sequence()};
        message.destination = from_broker(reply_to.view());
        if (has_correlation_id) message.correlation_id = correlation_id;
        message.jms_type = "Advisory";
        if (!map.entries.empty()) {
            std::ignore = encode_map(map, encoded);  // a few short entries always fit
            message.content = encoded.bytes();
        }
        MessageConverter converter;
        auto stored = converter.store(message, nullptr);
        if (!stored) return log::warning("openwire", "no statistics: {}", stored.error().message());
        broker.send(reply_to, std::move(*stored), [](std::error_code) {});
    }
    void end_list() const {
        if (question.ends_with_null) send(PrimitiveMap());
    }
};

std::optional<StatisticsQuestion> statistics_question(const Message& message,
                                                      const broker::DestinationView& destination) {
    using About = StatisticsQuestion::About;
    const std::string_view name = destination.name;
    const auto says = [&message](std::string_view property) {
        return find_property(message.properties.view(), property).has_value();
    };
    if (name.starts_with(kBroker)) {
        return StatisticsQuestion{.about = About::broker, .resets = says(kReset)};
    }
    if (name.starts_with(kSubscription)) return StatisticsQuestion{.about = About::subscriptions};
    if (!name.starts_with(kDestination)) return std::nullopt;
    StatisticsQuestion question{.about = About::destinations,
                                .domain = destination.domain,
                                .names = std::string(name.substr(kDestination.size()))};
    if (question.names.starts_with('.')) question.names.erase(0, 1);
    question.ends_with_null = take_away(question.names, kEndWithNull) || says(kEndWithNull);
    question.with_first_message = says(kFirstMessage);
    return question;
}

void Statistics::answer(broker::Operations& broker, const StatisticsQuestion& question,
                        const Message& request) {
    const auto asked = std::make_shared<Asked>(broker, options_, question, request);
    asked->take_status([this, asked] {
        asked->count_producers([this, asked] {
            if (asked->question.about == StatisticsQuestion::About::subscriptions) {
                return answer_for_subscriptions(asked);
            }
            asked->list(QueueQuery::Kind::queues, &Asked::queues, [this, asked] {
                asked->list(QueueQuery::Kind::subscriptions, &Asked::subscriptions,
                            [this, asked] { answer_with_lists(asked); });
            });
        });
    });
}

void Statistics::answer_with_lists(const AskedPtr& asked) {
    if (asked->question.about == StatisticsQuestion::About::broker) return answer_for_broker(asked);
    if (asked->question.domain == broker::Domain::topic) return answer_for_topics(asked);
    answer_for_queues(asked);
}

broker::QueueTotals Statistics::since_reset(const broker::QueueTotals& totals, bool reset) {
    const auto since = [reset](std::uint64_t now, std::atomic<std::uint64_t>& before) {
        if (reset) before = now;
        return now - before;
    };
    return {.enqueued = since(totals.enqueued, at_reset_[0]),
            .dispatched = since(totals.dispatched, at_reset_[1]),
            .dequeued = since(totals.dequeued, at_reset_[2]),
            .expired = since(totals.expired, at_reset_[3])};
}

void Statistics::answer_for_broker(const AskedPtr& asked) {
    Sum sum;
    for (const QueueStatus& one : asked->queues) sum.add(one);
    for (const QueueStatus& one : asked->subscriptions) sum.add(one);
    std::size_t producers = 0;
    for (const auto& [topic, count] : asked->producers) producers += count;
    const broker::BrokerStatus& status = asked->status;
    Answer answer;
    answer.put_all(sum, since_reset(status.totals, asked->question.resets), producers);
    answer.put_limit("memory", status.flow.memory);
    answer.put_limit("store", status.flow.store);
    answer.put_limit("temp", status.flow.temporary);
    answer.put_text("vm", "vm://" + asked->options.broker_name);
    answer.put_text("dataDirectory", asked->options.data_directory);
    asked->send(answer);
}

void Statistics::answer_for_queues(const AskedPtr& asked) {
    struct Row {
        std::shared_ptr<Answer> answer;
        broker::Destination queue;
    };
    std::vector<Row> rows;
    for (const QueueStatus& one : asked->queues) {
        const broker::Destination& queue = one.info->bindings.front();
        if (!asked->is_meant(queue.name)) continue;
        Sum sum;
        sum.add(one);
        const auto answer = std::make_shared<Answer>();
        answer->put_text("destinationName", broker::to_text(queue.view()));
        answer->put_all(sum, sum.totals, asked->producers_of("Queue", queue.name));
        answer->put_limit("memory", asked->limited(sum.memory));
        rows.push_back({answer, queue});
    }
    if (!asked->question.with_first_message) {
        for (const Row& one : rows) asked->send(*one.answer);
        return asked->end_list();
    }
    if (rows.empty()) return asked->end_list();
    const auto left = std::make_shared<std::size_t>(rows.size());
    for (const Row& one : rows) {
        asked->broker.browse({.queue = one.queue, .limit = 1},
                             [this, asked, left, answer = one.answer](auto page) {
                                 if (page) put_first_message(*answer, *page);
                                 asked->send(*answer);
                                 if (--*left == 0) asked->end_list();
                             });
    }
}

void Statistics::put_first_message(Answer& answer, const broker::BrowsePage& page) const {
    if (page.rows.empty()) return;
    std::string scratch;
    const tern::Message& first = *page.rows.front().delivery.message;
    const auto came = formats_.find(first, "JMSActiveMQBrokerInTime", scratch);
    const auto* const at_ms = std::get_if<std::int64_t>(&came);
    // Those of other protocols say when they were sent.
    const std::int64_t time = at_ms != nullptr ? *at_ms : first.header().timestamp_ms;
    answer.put("firstMessageTimestamp", static_cast<std::uint64_t>(time));
}

/// A topic is there as long as somebody subscribes or sends to it.
void Statistics::answer_for_topics(const AskedPtr& asked) {
    std::set<std::string> topics;
    const auto note = [&](const std::string& name) {
        if (!broker::is_pattern(name) && asked->is_meant(name)) topics.insert(name);
    };
    for (const QueueStatus& one : asked->subscriptions) {
        for (const broker::Destination& topic : one.info->bindings) note(topic.name);
    }
    const std::string prefix = "Topic.";
    for (const auto& [topic, count] : asked->producers) {
        if (topic.starts_with(prefix)) note(topic.substr(prefix.size()));
    }
    for (const std::string& topic : topics) {
        Sum sum;
        for (const QueueStatus& one : asked->subscriptions) {
            if (std::ranges::any_of(one.info->bindings, [&](const broker::Destination& bound) {
                    return broker::matches(bound.name, topic);
                })) {
                sum.add(one);
            }
        }
        Answer answer;
        answer.put_text("destinationName", "topic://" + topic);
        answer.put_all(sum, sum.totals, asked->producers_of("Topic", topic));
        answer.put_limit("memory", asked->limited(sum.memory));
        asked->send(answer);
    }
    asked->end_list();
}

void Statistics::answer_for_subscriptions(const AskedPtr& asked) {
    asked->broker.list_consumers(std::nullopt, [asked](const auto& consumers) {
        for (const broker::ConsumerStatus& one : consumers) {
            if (one.party == nullptr || one.party->destination.name.starts_with('$')) continue;
            const broker::Party& party = *one.party;
            const auto id = parse_consumer_id(party.name);
            Answer answer;
            answer.put_text("destinationName", one.queue->bindings.front().name);
            answer.put_some("clientId", one.client_id);
            answer.put_text("connectionId",
                            id ? std::string(id->connection_id.view()) : party.connection);
            answer.put_signed("sessionId", id ? id->session_id : kForeignSession);
            answer.put_some("selector", one.selector);
            answer.put("enqueueCounter", one.delivered);
            answer.put("dequeueCounter", one.accepted);
            answer.put("dispatchedCounter", one.delivered);
            answer.put("dispatchedQueueSize", std::uint64_t{one.unsettled});
            answer.put_int("prefetchSize", party.credit);
            answer.put_int("maximumPendingMessageLimit", party.pending_max);
            answer.put_flag("exclusive", one.exclusive);
            answer.put_flag("retroactive", party.retroactive);
            answer.put_flag("slowConsumer", one.slow);
            asked->send(answer);
        }
    });
}

}  // namespace tern::openwire
