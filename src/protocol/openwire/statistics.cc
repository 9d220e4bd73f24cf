#include "protocol/openwire/statistics.h"

#include "base/log.h"
#include "protocol/openwire/advisories.h"
#include "protocol/openwire/codec/primitive_map.h"

namespace tern::openwire {
namespace {

constexpr std::string_view kBroker = "ActiveMQ.Statistics.Broker";
constexpr std::string_view kDestination = "ActiveMQ.Statistics.Destination";
constexpr std::string_view kEndWithNull = "ActiveMQ.Statistics.Destination.List.End.With.Null";

void put(PrimitiveMap& map, std::string_view key, std::uint64_t number) {
    map.put(key, {static_cast<std::int64_t>(number)});
}

void put_numbers(PrimitiveMap& map, const broker::QueueReport& report, std::uint64_t producers) {
    put(map, "size", report.counts.ready + report.counts.unsettled);
    put(map, "enqueueCount", report.totals.enqueued);
    put(map, "dequeueCount", report.totals.dequeued);
    put(map, "dispatchCount", report.totals.dispatched);
    put(map, "expiredCount", report.totals.expired);
    put(map, "inflightCount", report.counts.unsettled);
    put(map, "consumerCount", report.counts.consumers);
    put(map, "producerCount", producers);
}

class AnswerWriter {
public:
    AnswerWriter(const Message& request, const Options& options)
        : request_(request), options_(options) {}

    void add(const PrimitiveMap& map) {
        ByteWriter encoded;
        if (!map.entries.empty()) std::ignore = encode_map(map, encoded);
        Message message;
        message.type = DataType::map_message;
        message.producer_id = ProducerId{.connection_id = options_.broker_id};
        message.message_id = MessageId{.producer_id = message.producer_id,
                                       .producer_sequence_id = next_advisory_sequence()};
        message.destination = request_.reply_to;
        message.correlation_id = request_.correlation_id;
        message.jms_type = "Advisory";
        if (!map.entries.empty()) message.content = encoded.bytes();
        auto stored = converter_.store(message, nullptr);
        if (stored) {
            answers_.push_back(std::move(*stored));
        } else {
            log::warning("openwire", "no statistics: {}", stored.error().message());
        }
    }
    void add_named(PrimitiveMap map) {
        map.put("brokerName", {std::string_view(options_.broker_name)});
        map.put("brokerId", {std::string_view(options_.broker_id)});
        add(map);
    }
    [[nodiscard]] std::vector<MessagePtr> take() { return std::move(answers_); }

private:
    const Message& request_;
    const Options& options_;
    MessageConverter converter_;
    std::vector<MessagePtr> answers_;
};

void add_to(broker::QueueReport& sum, const broker::QueueReport& one) {
    sum.counts.ready += one.counts.ready;
    sum.counts.unsettled += one.counts.unsettled;
    sum.counts.consumers += one.counts.consumers;
    sum.totals.enqueued += one.totals.enqueued;
    sum.totals.dispatched += one.totals.dispatched;
    sum.totals.dequeued += one.totals.dequeued;
    sum.totals.expired += one.totals.expired;
}

}  // namespace

std::optional<StatisticsQuestion> statistics_question(const broker::DestinationView& destination) {
    const std::string_view name = destination.name;
    if (name == kBroker) return StatisticsQuestion{.whole_broker = true, .queues = ">"};
    if (!name.starts_with(kDestination)) return std::nullopt;
    StatisticsQuestion question{.queues = std::string(name.substr(kDestination.size()))};
    if (question.queues.starts_with('.')) question.queues.erase(0, 1);
    if (const auto at = question.queues.find(kEndWithNull); at != std::string::npos) {
        question.queues.erase(at, kEndWithNull.size());
        question.ends_with_null = true;
    }
    return question;
}

std::vector<MessagePtr> statistics_answers(const StatisticsQuestion& question,
                                           const Message& request, const Options& options,
                                           std::span<const broker::QueueReport> reports,
                                           const ProducerCounts& producers) {
    AnswerWriter writer(request, options);
    broker::QueueReport sum;
    std::uint64_t producers_sum = 0;
    for (const broker::QueueReport& one : reports) {
        const auto found = producers.find(one.queue.name);
        const std::uint64_t count = found == producers.end() ? 0 : found->second;
        add_to(sum, one);
        producers_sum += count;
        if (question.whole_broker) continue;
        PrimitiveMap map;
        const std::string name = broker::to_text(one.queue.view());
        map.put("destinationName", {std::string_view(name)});
        put_numbers(map, one, count);
        writer.add_named(std::move(map));
    }
    if (question.whole_broker) {
        PrimitiveMap map;
        put_numbers(map, sum, producers_sum);
        writer.add_named(std::move(map));
    }
    if (question.ends_with_null) writer.add({});
    return writer.take();
}

}  // namespace tern::openwire
