#include "protocol/openwire/notices.h"

#include "protocol/openwire/advisories.h"
#include "protocol/openwire/codec/id_text.h"
#include "protocol/openwire/codec/own.h"

#include <algorithm>
#include <utility>

namespace tern::openwire {
namespace {

using What = broker::Notice::What;

constexpr const char* kConsumerCount = "consumerCount";
constexpr const char* kProducerCount = "producerCount";
constexpr const char* kConnectionTopic = "ActiveMQ.Advisory.Connection";
constexpr const char* kAnonymousTopic = "ActiveMQ.Advisory.Producer.Anonymous";

KeptCommandPtr keep(Command command) {
    return std::make_shared<const KeptCommand>(std::move(command));
}

bool is_private(const broker::DestinationView& destination) {
    return destination.name.starts_with(kAdvisoryPrefix);
}

ConnectionInfo connection_info(const broker::Party& party, const ConnectionId& id) {
    ConnectionInfo info;
    info.connection_id = id;
    info.client_id = party.client_id;
    if (!party.user.empty()) info.user_name = party.user;
    info.client_ip = party.peer;
    return info;
}

}  // namespace

ConsumerId consumer_id(const broker::Party& party) {
    if (auto id = parse_consumer_id(party.name)) return *id;
    return {
        .connection_id = party.connection, .session_id = kForeignSession, .value = party.number};
}

ConsumerInfo consumer_info(const broker::Party& party) {
    ConsumerInfo info;
    info.consumer_id = consumer_id(party);
    info.destination = from_broker(party.destination.view());
    info.browser = party.browses;
    info.prefetch_size =
        static_cast<std::int32_t>(std::min<std::uint32_t>(party.credit, INT32_MAX));
    info.maximum_pending_message_limit = party.pending_max;
    if (!party.selector.empty()) info.selector = party.selector;
    if (!party.subscription.empty()) info.subscription_name = party.subscription;
    info.exclusive = party.exclusive;
    info.retroactive = party.retroactive;
    info.priority = static_cast<std::int8_t>(std::clamp<std::int16_t>(party.priority, -128, 127));
    return info;
}

KeptCommand::KeptCommand(Command command) : command_(std::move(command)), texts_(own(command_)) {}

namespace {

/// As short as it can be kept, for each is kept as long as what it is about is there: clients of
/// other protocols may have very many.
struct ForeignProducer {
    std::string connection;
    std::uint32_t number;
    broker::Destination destination;

    [[nodiscard]] ProducerId id() const {
        return {.connection_id = connection, .value = number, .session_id = kForeignSession};
    }
    [[nodiscard]] std::string topic() const {
        return endpoint_advisory_topic("Producer", destination.view());
    }
};

broker::Notice producer_notice(const Options& options, What what, ForeignProducer producer) {
    std::string topic = producer.topic();
    std::string key = to_text(producer.id());
    auto message = [&options, what, producer = std::move(producer)](std::size_t lasting) {
        Command payload = RemoveInfo{.object_id = producer.id()};
        if (what == What::begins) {
            payload = ProducerInfo{.producer_id = producer.id(),
                                   .destination = from_broker(producer.destination.view())};
        }
        PrimitiveMap properties;
        properties.put(kProducerCount, {static_cast<std::int32_t>(lasting)});
        return AdvisoryWriter(options).write(producer.topic(), payload, properties);
    };
    return {.what = what,
            .topic = std::move(topic),
            .key = std::move(key),
            .message = std::move(message)};
}

broker::Notice consumer_notice(const Options& options, What what, const broker::Party& party) {
    auto message = [&options, what, party](std::size_t lasting) {
        Command payload = RemoveInfo{.object_id = consumer_id(party)};
        if (what == What::begins) payload = consumer_info(party);
        PrimitiveMap properties;
        properties.put(kConsumerCount, {static_cast<std::int32_t>(lasting)});
        return AdvisoryWriter(options).write(
            endpoint_advisory_topic("Consumer", party.destination.view()), payload, properties);
    };
    return {.what = what,
            .topic = endpoint_advisory_topic("Consumer", party.destination.view()),
            .key = to_text(consumer_id(party)),
            .message = std::move(message)};
}

broker::Notice connection_notice(const Options& options, What what, const broker::Party& party) {
    auto message = [&options, what, party](std::size_t) {
        const ConnectionId id{party.connection};
        Command payload = RemoveInfo{.object_id = id};
        if (what == What::begins) payload = connection_info(party, id);
        return AdvisoryWriter(options).write(kConnectionTopic, payload);
    };
    return {.what = what,
            .topic = kConnectionTopic,
            .key = party.connection,
            .message = std::move(message)};
}

}  // namespace

broker::Notice make_notice(const Options& options, What what, const broker::Party& party) {
    switch (party.what) {
        case broker::Party::What::connection:
            return connection_notice(options, what, party);
        case broker::Party::What::consumer:
            return consumer_notice(options, what, party);
        case broker::Party::What::producer:
            break;
    }
    return producer_notice(options, what, {party.connection, party.number, party.destination});
}

void Notices::announce(What what, std::string topic, std::string key, KeptCommandPtr payload,
                       const char* count, broker::Token token) {
    auto message = [&options = options_, topic, payload = std::move(payload),
                    count](std::size_t lasting) {
        PrimitiveMap properties;
        if (count != nullptr) properties.put(count, {static_cast<std::int32_t>(lasting)});
        return AdvisoryWriter(options).write(topic, payload->command(), properties);
    };
    broker_.announce({.what = what,
                      .topic = std::move(topic),
                      .key = std::move(key),
                      .message = std::move(message),
                      .token = token});
}

bool Notices::connected(const ConnectionInfo& info, broker::Token token) {
    if (!options_.advisories) return false;
    connection_ = info.connection_id->value.view();
    ConnectionInfo shown = info;
    shown.password = info.password.is_null() ? Text() : Text("");
    announce(What::begins, kConnectionTopic, connection_, keep(Command(shown)), nullptr, token);
    return true;
}

bool Notices::opened_consumer(EndpointKey key, KeptCommandPtr kept, broker::Token token) {
    const ConsumerInfo& info = std::get<ConsumerInfo>(kept->command());
    const broker::DestinationView destination = to_broker(*info.destination);
    if (!options_.advisories || is_private(destination)) return false;
    std::string topic = endpoint_advisory_topic("Consumer", destination);
    consumers_.emplace(key, topic);
    const std::string id = to_text(*info.consumer_id);
    announce(What::begins, std::move(topic), id, std::move(kept), kConsumerCount, token);
    return true;
}

bool Notices::opened_producer(EndpointKey key, const ProducerInfo& info, broker::Token token) {
    if (!options_.advisories) return false;
    std::string topic = kAnonymousTopic;
    if (info.destination) {
        const broker::DestinationView destination = to_broker(*info.destination);
        if (is_private(destination)) return false;
        topic = endpoint_advisory_topic("Producer", destination);
    } else if (!options_.anonymous_producers) {
        return false;
    }
    producers_.emplace(key, topic);
    announce(What::begins, std::move(topic), to_text(*info.producer_id), keep(Command(info)),
             kProducerCount, token);
    return true;
}

void Notices::closed_consumer(EndpointKey key) {
    const auto topic = consumers_.extract(key);
    if (topic.empty()) return;
    const ConsumerId id{.connection_id = connection_, .session_id = key.first, .value = key.second};
    announce(What::ends, topic.mapped(), to_text(id), keep(Command(RemoveInfo{.object_id = id})),
             kConsumerCount);
}

void Notices::closed_producer(EndpointKey key) {
    const auto topic = producers_.extract(key);
    if (topic.empty()) return;
    const ProducerId id{.connection_id = connection_, .value = key.second, .session_id = key.first};
    announce(What::ends, topic.mapped(), to_text(id), keep(Command(RemoveInfo{.object_id = id})),
             kProducerCount);
}

void Notices::disconnected() {
    if (connection_.empty()) return;
    while (!consumers_.empty()) closed_consumer(consumers_.begin()->first);
    while (!producers_.empty()) closed_producer(producers_.begin()->first);
    const std::string name = std::exchange(connection_, {});
    announce(What::ends, kConnectionTopic, name,
             keep(Command(RemoveInfo{.object_id = ConnectionId{name}})), nullptr);
}

void Notices::forgot_subscription(const RemoveSubscriptionInfo& info,
                                  const broker::DestinationView& topic) {
    if (!options_.advisories) return;
    announce(What::happens, endpoint_advisory_topic("Consumer", topic), {}, keep(Command(info)),
             kConsumerCount);
}

}  // namespace tern::openwire
