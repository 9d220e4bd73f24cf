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
/// The session that clients of other protocols are said to have.
constexpr std::int64_t kForeignSession = -1;

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

ConsumerInfo consumer_info(const broker::Party& party, const ConsumerId& id) {
    ConsumerInfo info;
    info.consumer_id = id;
    info.destination = from_broker(party.destination.view());
    info.browser = party.browses;
    info.prefetch_size =
        static_cast<std::int32_t>(std::min<std::uint32_t>(party.credit, INT32_MAX));
    if (!party.selector.empty()) info.selector = party.selector;
    if (!party.subscription.empty()) info.subscription_name = party.subscription;
    info.exclusive = party.exclusive;
    info.priority = static_cast<std::int8_t>(std::clamp<std::int16_t>(party.priority, -128, 127));
    return info;
}

}  // namespace

KeptCommand::KeptCommand(Command command) : command_(std::move(command)), texts_(own(command_)) {}

broker::Notice make_notice(const Options& options, What what, std::string topic, std::string key,
                           KeptCommandPtr payload, const char* count) {
    auto message = [&options, topic, payload = std::move(payload), count](std::size_t lasting) {
        PrimitiveMap properties;
        if (count != nullptr) properties.put(count, {static_cast<std::int32_t>(lasting)});
        return AdvisoryWriter(options).write(topic, payload->command(), properties);
    };
    return {.what = what,
            .topic = std::move(topic),
            .key = std::move(key),
            .message = std::move(message)};
}

broker::Notice make_notice(const Options& options, What what, const broker::Party& party) {
    const bool comes = what == What::begins;
    const broker::DestinationView at = party.destination.view();
    switch (party.what) {
        case broker::Party::What::connection: {
            const ConnectionId id{party.connection};
            Command payload = RemoveInfo{.object_id = id};
            if (comes) payload = connection_info(party, id);
            return make_notice(options, what, kConnectionTopic, party.connection, keep(payload),
                               nullptr);
        }
        case broker::Party::What::consumer: {
            const ConsumerId id{.connection_id = party.connection,
                                .session_id = kForeignSession,
                                .value = party.number};
            Command payload = RemoveInfo{.object_id = id};
            if (comes) payload = consumer_info(party, id);
            return make_notice(options, what, endpoint_advisory_topic("Consumer", at), to_text(id),
                               keep(payload), kConsumerCount);
        }
        case broker::Party::What::producer:
            break;
    }
    const ProducerId id{
        .connection_id = party.connection, .value = party.number, .session_id = kForeignSession};
    Command payload = RemoveInfo{.object_id = id};
    if (comes) payload = ProducerInfo{.producer_id = id, .destination = from_broker(at)};
    return make_notice(options, what, endpoint_advisory_topic("Producer", at), to_text(id),
                       keep(payload), kProducerCount);
}

void Notices::announce(What what, std::string topic, std::string key, KeptCommandPtr payload,
                       const char* count, broker::Token token) {
    broker::Notice notice =
        make_notice(options_, what, std::move(topic), std::move(key), std::move(payload), count);
    notice.token = token;
    broker_.announce(std::move(notice));
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
    // One without a destination is announced by no default of ActiveMQ's.
    if (!options_.advisories || !info.destination) return false;
    const broker::DestinationView destination = to_broker(*info.destination);
    if (is_private(destination)) return false;
    std::string topic = endpoint_advisory_topic("Producer", destination);
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
