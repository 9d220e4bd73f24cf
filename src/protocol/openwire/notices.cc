#include "protocol/openwire/notices.h"

#include "protocol/openwire/advisories.h"
#include "protocol/openwire/codec/id_text.h"
#include "protocol/openwire/codec/own.h"

#include <utility>

namespace tern::openwire {
namespace {

using What = broker::Notice::What;

constexpr const char* kConsumerCount = "consumerCount";
constexpr const char* kProducerCount = "producerCount";

KeptCommandPtr keep(Command command) {
    return std::make_shared<const KeptCommand>(std::move(command));
}

bool is_private(const broker::DestinationView& destination) {
    return destination.name.starts_with(kAdvisoryPrefix);
}

}  // namespace

KeptCommand::KeptCommand(Command command) : command_(std::move(command)), texts_(own(command_)) {}

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
    announce(What::begins, "ActiveMQ.Advisory.Connection", connection_, keep(Command(shown)),
             nullptr, token);
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
    announce(What::ends, "ActiveMQ.Advisory.Connection", name,
             keep(Command(RemoveInfo{.object_id = ConnectionId{name}})), nullptr);
}

void Notices::forgot_subscription(const RemoveSubscriptionInfo& info,
                                  const broker::DestinationView& topic) {
    if (!options_.advisories) return;
    announce(What::happens, endpoint_advisory_topic("Consumer", topic), {}, keep(Command(info)),
             kConsumerCount);
}

}  // namespace tern::openwire
