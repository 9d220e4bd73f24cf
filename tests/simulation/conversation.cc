#include "conversation.h"

#include "payload.h"

namespace tern::simulation {

openwire::MessageId Received::id() const {
    return {.producer_id = openwire::ProducerId{.connection_id = producer_connection,
                                                .value = producer_value,
                                                .session_id = producer_session},
            .producer_sequence_id = sequence,
            .broker_sequence_id = broker_sequence};
}

Conversation::Conversation(Machine& machine, ShardId shard, Listener& client, Oracle& oracle,
                           Trace& trace, const openwire::WireFormatProperties& offer,
                           std::function<void()> before_taking)
    : client_(client),
      oracle_(oracle),
      trace_(trace),
      offer_(offer),
      connection_(oracle.connect()),
      decoder_(openwire::WireFormat{.version = 1}),
      socket_(machine, shard, *this, std::move(before_taking)) {
    std::ignore = openwire::encode_wire_format_info(offer_, frame_);  // always fits
    socket_.write(frame_.bytes(), Socket::Given::with_others, [] {});
    frame_.clear();
}

Conversation::~Conversation() = default;

std::function<void()> Conversation::said(Bytes frame) {
    const auto command = decoder_.decode(frame);
    if (!command) {
        trace_.violation("the broker says nonsense: {}", command.error().message());
        return {};
    }
    return std::visit(
        [this](const auto& c) -> Heard {
            using T = std::decay_t<decltype(c)>;
            if constexpr (std::is_same_v<T, openwire::ExceptionResponse>) {
                trace_.note("connection {}: command {} refused: {}", connection_, c.correlation_id,
                            c.exception ? c.exception->message.view() : "");
                return answered(c.correlation_id, true);
            } else if constexpr (requires { std::int32_t{c.correlation_id}; }) {
                return answered(c.correlation_id, false);
            } else if constexpr (requires { this->on(c); }) {
                return on(c);
            } else {
                return {};
            }
        },
        *command);
}

void Conversation::lost() {
    trace_.note("connection {} is lost", connection_);
    oracle_.lost(connection_);
}

Conversation::Heard Conversation::on(const openwire::WireFormatInfo& info) {
    const auto theirs = openwire::read_properties(info);
    const auto agreed = theirs ? openwire::negotiate(offer_, *theirs)
                               : Result<openwire::Negotiated>(failure(theirs.error()));
    if (!agreed) {
        trace_.violation("no negotiation: {}", agreed.error().message());
        return {};
    }
    decoder_ = openwire::Decoder(agreed->format);
    encoder_ = openwire::Encoder(agreed->format, agreed->frame_bytes_max);
    return [this] { client_.negotiated(*this); };
}

Conversation::Heard Conversation::answered(std::int32_t command, bool refused) {
    auto answer = answers_.extract(command);
    if (answer.empty()) {
        trace_.violation("connection {}: an answer to command {}, which wants none", connection_,
                         command);
        return {};
    }
    if (answer.mapped().said) answer.mapped().said(refused);
    return [heard = std::move(answer.mapped().heard), refused] {
        if (heard) heard(refused);
    };
}

Conversation::Heard Conversation::on(const openwire::MessageDispatch& dispatch) {
    const Key key = dispatch.consumer_id
                        ? Key{dispatch.consumer_id->session_id, dispatch.consumer_id->value}
                        : Key{};
    const auto subscription = subscriptions_.find(key);
    if (subscription == subscriptions_.end()) {
        trace_.violation("connection {}: a message for consumer {}:{}, which never was",
                         connection_, key.first, key.second);
        return {};
    }
    const Oracle::Consumer id = subscription->second.id;
    if (!dispatch.message) {
        trace_.note("connection {}: nothing more for consumer {}", connection_, id);
        oracle_.said_end_of_browse(id);
        return [this, key] { client_.received_nothing(*this, key); };
    }
    const openwire::Message& message = *dispatch.message;
    if (subscription->second.watches_temporaries) {
        return advisory(key, subscription->second, message);
    }
    const auto number = read_payload(message, subscription->second.dead_letters);
    if (!number || !message.message_id || !message.message_id->producer_id) {
        trace_.violation("connection {}: a message is not as it was sent", connection_);
        return {};
    }
    const openwire::MessageId& name = *message.message_id;
    trace_.note("connection {}: message {} to consumer {}, {} failures, sequence {}", connection_,
                *number, id, dispatch.redelivery_counter, name.broker_sequence_id);
    oracle_.said_message(id, *number, static_cast<std::uint32_t>(dispatch.redelivery_counter),
                         name.broker_sequence_id);
    Received received{.number = *number,
                      .producer_connection = std::string(name.producer_id->connection_id.view()),
                      .producer_session = name.producer_id->session_id,
                      .producer_value = name.producer_id->value,
                      .sequence = name.producer_sequence_id,
                      .broker_sequence = name.broker_sequence_id,
                      .large = uploaded_number(message).has_value()};
    return [this, key, received = std::move(received)] { client_.received(*this, key, received); };
}

Conversation::Heard Conversation::advisory(Key key, const Subscription& subscription,
                                           const openwire::Message& message) {
    const auto* command = message.data_structure
                              ? std::get_if<openwire::Command>(&message.data_structure->value)
                              : nullptr;
    const auto* info =
        command != nullptr ? std::get_if<openwire::DestinationInfo>(command) : nullptr;
    if (info == nullptr || !info->destination || !info->destination->is_temporary()) {
        trace_.violation("connection {}: an advisory without a temporary destination", connection_);
        return {};
    }
    const Place place{
        info->destination->is_topic() ? Place::Kind::temp_topic : Place::Kind::temp_queue,
        std::string(info->destination->physical_name.view())};
    oracle_.said_advisory(subscription.id, place.text(),
                          info->operation == openwire::DestinationOperation::add);
    return [this, key] { client_.received_advisory(*this, key); };
}

Conversation::Heard Conversation::on(const openwire::ConnectionError& error) {
    const std::string_view name = error.exception ? error.exception->class_name.view() : "";
    // A send without an answer may find its temporary destination gone.
    const bool gone = name.ends_with("DestinationDoesNotExistException");
    if (!gone && !oracle_.disk_failed()) {
        trace_.violation("connection {}: error {}: {}", connection_, name,
                         error.exception ? error.exception->message.view() : "");
    }
    return {};
}

Conversation::Heard Conversation::on(const openwire::ProducerAck& ack) {
    if (ack.producer_id) {
        acknowledged_bytes_[{ack.producer_id->session_id, ack.producer_id->value}] += ack.size;
    }
    return {};
}

}  // namespace tern::simulation
