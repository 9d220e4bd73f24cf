#include "protocol/openwire/advisories.h"

#include "base/log.h"
#include "protocol/openwire/codec/primitive_map.h"

#include <atomic>

namespace tern::openwire {
namespace {

// One sequence for all writers: message ids must differ, whichever shard makes them.
std::atomic<std::int64_t> g_last_sequence{0};

}  // namespace

std::string_view destination_advisory_topic(const broker::DestinationView& of) {
    if (of.domain == broker::Domain::queue) {
        return of.temporary ? "ActiveMQ.Advisory.TempQueue" : "ActiveMQ.Advisory.Queue";
    }
    return of.temporary ? "ActiveMQ.Advisory.TempTopic" : "ActiveMQ.Advisory.Topic";
}

MessagePtr AdvisoryWriter::destination(const broker::Destination& destination,
                                       DestinationOperation operation,
                                       std::string_view connection) {
    DestinationInfo info;
    info.connection_id = ConnectionId{connection};
    info.destination = from_broker(destination.view());
    info.operation = operation;

    PrimitiveMap properties;
    properties.put("originBrokerName", {std::string_view(options_.broker_name)});
    properties.put("originBrokerId", {std::string_view(options_.broker_id)});
    properties.put("originBrokerURL", {std::string_view("")});
    ByteWriter encoded;
    std::ignore = encode_map(properties, encoded);  // three short entries always fit

    Message message;
    message.type = DataType::message;
    message.producer_id = ProducerId{.connection_id = options_.broker_id};
    message.message_id =
        MessageId{.producer_id = message.producer_id, .producer_sequence_id = ++g_last_sequence};
    message.destination = Destination{
        .type = DataType::topic, .physical_name = destination_advisory_topic(destination.view())};
    message.jms_type = "Advisory";
    message.properties = encoded.bytes();
    message.data_structure.emplace().value = Command(info);
    const auto stored = converter_.store(message, nullptr);
    if (stored) return *stored;
    // A destination's name may be too long for the encoding only if it came in otherwise.
    log::warning("openwire", "no advisory for {}: {}", broker::to_text(destination.view()),
                 stored.error().message());
    return nullptr;
}

void Advisories::observe(const broker::Event& event, broker::EventSink& sink) {
    const broker::DestinationView topic{broker::Domain::topic, false,
                                        destination_advisory_topic(event.destination.view())};
    if (event.destination.name.starts_with(kAdvisoryPrefix) || !sink.wanted(topic)) return;
    const bool added = event.what == broker::Event::What::destination_added;
    MessagePtr message = AdvisoryWriter(options_).destination(
        event.destination, added ? DestinationOperation::add : DestinationOperation::remove,
        event.connection);
    if (message != nullptr) sink.publish(topic, std::move(message));
}

}  // namespace tern::openwire
