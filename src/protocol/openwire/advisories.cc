#include "protocol/openwire/advisories.h"

#include "base/log.h"
#include "protocol/openwire/codec/id_text.h"
#include "protocol/openwire/foreign.h"
#include "protocol/openwire/notices.h"

#include <algorithm>
#include <atomic>

namespace tern::openwire {
namespace {

// One sequence for all writers: message ids must differ, whichever shard makes them.
std::atomic<std::int64_t> g_last_sequence{0};

std::string_view type_name(const broker::DestinationView& of) {
    if (of.domain == broker::Domain::queue) return of.temporary ? "TempQueue" : "Queue";
    return of.temporary ? "TempTopic" : "Topic";
}

/// Empty for events that are not about a message.
std::string_view name_of(broker::Event::What what) {
    switch (what) {
        case broker::Event::What::message_expired:
            return "Expired";
        case broker::Event::What::message_dead_lettered:
            return "MessageDLQd";
        case broker::Event::What::message_accepted:
            return "MessageDelivered";
        case broker::Event::What::message_unwanted:
            return "NoConsumer";
        case broker::Event::What::message_dispatched:
            return "MessageDispatched";
        case broker::Event::What::message_consumed:
            return "MessageConsumed";
        case broker::Event::What::message_discarded:
            return "MessageDiscarded";
        case broker::Event::What::consumer_slow:
            return "SlowConsumer";
        case broker::Event::What::producer_fast:
            return "FastProducer";
        case broker::Event::What::destination_full:
            return "FULL";
        case broker::Event::What::destination_added:
        case broker::Event::What::destination_removed:
            break;
    }
    return {};
}

}  // namespace

std::int64_t next_advisory_sequence() {
    return ++g_last_sequence;
}

std::string_view destination_advisory_topic(const broker::DestinationView& of) {
    if (of.domain == broker::Domain::queue) {
        return of.temporary ? "ActiveMQ.Advisory.TempQueue" : "ActiveMQ.Advisory.Queue";
    }
    return of.temporary ? "ActiveMQ.Advisory.TempTopic" : "ActiveMQ.Advisory.Topic";
}

std::string endpoint_advisory_topic(std::string_view about, const broker::DestinationView& of) {
    std::string topic(kAdvisoryPrefix);
    topic.append(about).append(of.domain == broker::Domain::queue ? ".Queue." : ".Topic.");
    // A comma would divide the name of the topic.
    for (const char c : of.name) {
        if (c == ',') {
            topic += "&sbquo;";
        } else {
            topic += c;
        }
    }
    return topic;
}

std::string message_advisory_topic(std::string_view about, const broker::DestinationView& of) {
    std::string topic(kAdvisoryPrefix);
    return topic.append(about).append(".").append(type_name(of)).append(".").append(of.name);
}

MessagePtr AdvisoryWriter::write(std::string_view topic, const Command& payload,
                                 const PrimitiveMap& more) {
    return write(topic, &payload, more);
}

MessagePtr AdvisoryWriter::write_plain(std::string_view topic, const PrimitiveMap& more) {
    return write(topic, nullptr, more);
}

MessagePtr AdvisoryWriter::write(std::string_view topic, const Command* payload,
                                 const PrimitiveMap& more) {
    PrimitiveMap properties = more;
    properties.put("originBrokerName", {std::string_view(options_.broker_name)});
    properties.put("originBrokerId", {std::string_view(options_.broker_id)});
    properties.put("originBrokerURL", {std::string_view("")});
    ByteWriter encoded;
    std::ignore = encode_map(properties, encoded);  // a few short entries always fit

    Message message;
    message.type = DataType::message;
    message.producer_id = ProducerId{.connection_id = options_.broker_id};
    message.message_id = MessageId{.producer_id = message.producer_id,
                                   .producer_sequence_id = next_advisory_sequence()};
    message.destination = Destination{.type = DataType::topic, .physical_name = topic};
    message.jms_type = "Advisory";
    message.properties = encoded.bytes();
    if (payload != nullptr) message.data_structure.emplace().value = *payload;
    const auto stored = converter_.store(message, nullptr);
    if (stored) return *stored;
    // A name may be too long for the encoding only if it came in otherwise.
    log::warning("openwire", "no advisory on {}: {}", topic, stored.error().message());
    return nullptr;
}

MessagePtr AdvisoryWriter::destination(const broker::Destination& destination,
                                       DestinationOperation operation,
                                       std::string_view connection) {
    DestinationInfo info;
    info.connection_id = ConnectionId{connection};
    info.destination = from_broker(destination.view());
    info.operation = operation;
    return write(destination_advisory_topic(destination.view()), Command(info));
}

namespace {

/// A topic which is there whether anybody uses it or not.
class DeclaredTopic final : public broker::NoticeSubject {
public:
    DeclaredTopic(const Options& options, broker::Destination topic)
        : options_(options), topic_(std::move(topic)) {}

    [[nodiscard]] std::string topic() const override {
        return std::string(destination_advisory_topic(topic_.view()));
    }
    [[nodiscard]] std::string key() const override { return topic_.name; }
    [[nodiscard]] MessagePtr message(broker::Notice::What what, std::size_t) const override {
        const bool there = what == broker::Notice::What::begins;
        return AdvisoryWriter(options_).destination(
            topic_, there ? DestinationOperation::add : DestinationOperation::remove, {});
    }

private:
    const Options& options_;
    broker::Destination topic_;
};

/// That this broker has started.
class Start final : public broker::NoticeSubject {
public:
    explicit Start(const Options& options) : options_(options) {}

    [[nodiscard]] std::string topic() const override { return std::string(kMasterTopic); }
    [[nodiscard]] std::string key() const override { return {}; }
    [[nodiscard]] MessagePtr message(broker::Notice::What, std::size_t) const override {
        return AdvisoryWriter(options_).write_plain(kMasterTopic);
    }

private:
    const Options& options_;
};

}  // namespace

broker::Notice Advisories::notice_of(const broker::Destination& topic, bool there) const {
    return {.what = there ? broker::Notice::What::begins : broker::Notice::What::ends,
            .about = std::make_shared<const DeclaredTopic>(options_, topic)};
}

void Advisories::observe(const broker::Event& event, broker::EventSink& sink) {
    if (event.destination.name.starts_with(kAdvisoryPrefix)) return;
    if (!options_.advisories && !event.destination.temporary) return;
    const std::string_view about = name_of(event.what);
    if (about.empty()) return tell_of_destination(event, sink);
    tell_of_message(about, event, sink);
}

broker::NoticeSubjectPtr Advisories::subject(const broker::PartyPtr& party) {
    return options_.advisories ? make_subject(options_, party) : nullptr;
}

broker::NoticeSubjectPtr Advisories::started() {
    return options_.advisories ? std::make_shared<const Start>(options_) : nullptr;
}

void Advisories::tell_of_destination(const broker::Event& event, broker::EventSink& sink) const {
    const broker::DestinationView topic{broker::Domain::topic, false,
                                        destination_advisory_topic(event.destination.view())};
    if (!sink.wanted(topic)) return;
    const bool added = event.what == broker::Event::What::destination_added;
    MessagePtr message = AdvisoryWriter(options_).destination(
        event.destination, added ? DestinationOperation::add : DestinationOperation::remove,
        event.connection);
    if (message != nullptr) sink.publish(topic, std::move(message));
}

namespace {

using What = broker::Event::What;

/// What happens to a consumer or a producer: who that is.
MessagePtr write_party(AdvisoryWriter& writer, std::string_view topic, const broker::Event& event,
                       const Message* original) {
    if (event.what == What::consumer_slow && event.consumer != nullptr) {
        const ConsumerInfo info = consumer_info(*event.consumer);
        const std::string id = to_text(*info.consumer_id);
        PrimitiveMap properties;
        properties.put("consumerId", {std::string_view(id)});
        return writer.write(topic, Command(info), properties);
    }
    if (event.what == What::producer_fast && original != nullptr && original->producer_id) {
        const std::string id = to_text(*original->producer_id);
        PrimitiveMap properties;
        properties.put("producerId", {std::string_view(id)});
        const ProducerInfo info{.producer_id = original->producer_id,
                                .destination = from_broker(event.destination.view())};
        return writer.write(topic, Command(info), properties);
    }
    return writer.write_plain(topic);
}

MessagePtr write_full(AdvisoryWriter& writer, std::string_view topic, const broker::Event& event) {
    PrimitiveMap properties;
    properties.put("usageName", {std::string_view("memory")});
    properties.put("usageCount", {static_cast<std::int64_t>(event.count)});
    return writer.write_plain(topic, properties);
}

MessagePtr write_about_message(AdvisoryWriter& writer, std::string_view topic,
                               const broker::Event& event, Message& original) {
    if (!event.with_body) original.content = {};
    const std::string id = original.message_id ? to_text(*original.message_id) : std::string();
    const std::string from = broker::to_text(event.destination.view());
    const std::string consumer =
        event.consumer == nullptr ? std::string() : to_text(consumer_id(*event.consumer));
    PrimitiveMap properties;
    properties.put("orignalMessageId", {std::string_view(id)});
    properties.put("orignalDestination", {std::string_view(from)});
    if (!consumer.empty()) properties.put("consumerId", {std::string_view(consumer)});
    if (event.what == What::message_discarded) {
        properties.put(
            "discardedCount",
            {static_cast<std::int32_t>(std::min<std::uint64_t>(event.count, INT32_MAX))});
    }
    return writer.write(topic, Command(original), properties);
}

}  // namespace

void Advisories::tell_of_message(std::string_view about, const broker::Event& event,
                                 broker::EventSink& sink) const {
    const bool short_type =
        event.what == What::message_expired || event.what == What::message_unwanted;
    const std::string name = short_type ? endpoint_advisory_topic(about, event.destination.view())
                                        : message_advisory_topic(about, event.destination.view());
    const broker::DestinationView topic{broker::Domain::topic, false, name};
    if (!sink.wanted(topic)) return;
    // The message itself: whoever listens serves those that nobody else does.
    if (event.what == What::message_unwanted) return sink.publish(topic, event.message);
    MessageConverter converter;
    Message original;
    MessagePtr native;
    if (event.message != nullptr) {
        auto read = ForeignMessages(formats_).native(event.message, converter);
        if (!read || !converter.load(**read, original)) {
            return log::warning("openwire", "no advisory on {}: the message cannot be read", name);
        }
        native = std::move(*read);
    }
    AdvisoryWriter writer(options_);
    MessagePtr message;
    switch (event.what) {
        case What::destination_full:
            message = write_full(writer, name, event);
            break;
        case What::consumer_slow:
        case What::producer_fast:
            message = write_party(writer, name, event, native == nullptr ? nullptr : &original);
            break;
        default:
            message = write_about_message(writer, name, event, original);
    }
    if (message != nullptr) sink.publish(topic, std::move(message));
}

}  // namespace tern::openwire
