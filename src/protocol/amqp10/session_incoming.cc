#include "protocol/amqp10/address.h"
#include "protocol/amqp10/codec/encode.h"
#include "protocol/amqp10/errors.h"
#include "protocol/amqp10/session.h"
#include "protocol/amqp10/stored.h"

#include <algorithm>

namespace tern::amqp10 {
namespace {

// What a producer of large messages may have on its way to us.
constexpr std::size_t kCreditBytesMax = std::size_t{8} * 1024 * 1024;

/// Where an anonymous producer's message goes. Nothing when it does not say.
std::optional<broker::DestinationView> addressee(const Sections& sections,
                                                 const broker::Broker& broker) {
    const auto properties = decode_properties(sections.properties);
    if (!properties || !properties->to.is_text() || properties->to.text().empty()) return {};
    const std::string_view address = properties->to.text();
    const auto kind = find_entry(map_of(sections.message_annotations), "x-opt-jms-dest").integer();
    const bool told = !parse_prefix(address) && kind && *kind >= 0 && *kind <= 3;
    const broker::DestinationView to =
        told ? destination_of(static_cast<DestinationKind>(*kind), address)
             : resolve(address, {}, broker);
    return to.name.empty() ? std::nullopt : std::optional(to);
}

}  // namespace

void Session::on(const Transfer& transfer, const Buffer* owner) {
    ++next_incoming_id_;
    if (detached_.contains(transfer.handle)) return;  // sent before the peer knew
    Producer* const producer = find_producer(transfer.handle);
    if (producer == nullptr) return end_with(kUnattachedHandle, "transfer on no link");
    if (!producer->partial && !begin_delivery(*producer, transfer)) return;
    if (transfer.settled.value_or(false)) producer->settled = true;
    if (transfer.aborted) {
        producer->partial = false;
        producer->body = {};
        producer->large.reset();
        return replenish(*producer);
    }
    if (producer->large != nullptr) return take_part(*producer, transfer);
    const std::size_t size = producer->body.size() + transfer.payload.size();
    if (size > connection_.options().message_bytes_max) {
        return detach_link(transfer.handle, kMessageSize, "the message is too large");
    }
    if (!transfer.more && !producer->partial) {
        return take_message(*producer, transfer.payload, owner);
    }
    producer->partial = transfer.more;
    producer->body.append(transfer.payload);
    if (transfer.more) {
        if (!begin_large(*producer)) {
            detach_link(transfer.handle, kMessageSize, "what precedes the body is too large");
        }
        return;
    }
    ByteWriter body = std::exchange(producer->body, {});
    const Buffer whole = body.freeze();
    take_message(*producer, whole.bytes(), &whole);
}

bool Session::begin_delivery(Producer& producer, const Transfer& transfer) {
    if (!transfer.delivery_id) {
        detach_link(producer.handle, kInvalidField, "a delivery without an id");
        return false;
    }
    if (producer.credit == 0) {
        detach_link(producer.handle, kTransferLimit, "more messages than there was credit for");
        return false;
    }
    --producer.credit;
    ++producer.delivery_count;
    producer.delivery_id = *transfer.delivery_id;
    producer.settled = false;
    producer.transaction.clear();
    if (transfer.state.empty()) return true;
    const auto state = decode_state(transfer.state);
    if (!state) {
        detach_link(producer.handle, kDecodeError, "a transfer with a malformed state");
        return false;
    }
    if (state->type == DeliveryState::Type::transactional) {
        producer.transaction = as_text(state->transaction);
    }
    return true;
}

void Session::take_message(Producer& producer, Bytes message, const Buffer* owner) {
    producer.message_bytes = (producer.message_bytes * 7 + message.size()) / 8;
    if (producer.kind == Producer::Kind::coordinator) return on_coordinator(producer, message);
    const auto sections = find_sections(message);
    if (!sections) return refuse_message(producer, kDecodeError, sections.error().message());
    send_on(producer, *sections, {.owner = owner});
}

void Session::send_on(Producer& producer, const Sections& sections, const BodyPlace& body) {
    std::optional<broker::DestinationView> to;
    if (producer.kind == Producer::Kind::relay) {
        to = addressee(sections, broker_);
        if (!to)
            return refuse_message(producer, kNotFound, "the message has no address in its «to»");
    } else {
        to = producer.to.view();
    }
    // Only a header can say that it lives for a while from now on.
    auto stored = store(sections,
                        {.to = *to,
                         .now_ms = sections.header.empty() ? 0 : broker_.wall_ms(),
                         .transformer = connection_.options().transformer},
                        body, connection_.scratch());
    connection_.scratch().clear();
    if (!stored) return refuse_message(producer, kDecodeError, stored.error().message());
    if (producer.transaction.empty()) {
        publish(producer, *to, std::move(*stored));
    } else {
        publish_in(producer, *to, std::move(*stored));
    }
}

void Session::publish(Producer& producer, broker::DestinationView to, MessagePtr message) {
    broker::Publish command{.to = to,
                            .message = std::move(message),
                            .detect_duplicates = connection_.options().detects_duplicates};
    const std::uint32_t handle = producer.handle;
    if (!producer.settled) {
        ++producer.in_flight;
        incoming_[producer.delivery_id] = handle;
        command.token = Connection::publish_token(serial_, producer.delivery_id);
    }
    broker_.publish(std::move(command));
    if (Producer* const still = find_producer(handle)) replenish(*still);
}

void Session::publish_in(Producer& producer, broker::DestinationView to, MessagePtr message) {
    const std::uint32_t id = producer.delivery_id;
    Transaction* const transaction =
        connection_.transactions().find(as_bytes(producer.transaction));
    if (transaction == nullptr) {
        return refuse_message(producer, kUnknownTransaction, "there is no such transaction");
    }
    auto answered = [&connection = connection_, serial = serial_, handle = producer.handle, id,
                     settled = producer.settled,
                     transaction_id = producer.transaction](std::error_code error) {
        Transaction* const open = connection.transactions().find(as_bytes(transaction_id));
        if (error && open != nullptr) open->broken = true;
        Session* const self = connection.find_session(serial);
        Producer* const link = self == nullptr ? nullptr : self->find_producer(handle);
        if (link == nullptr || settled) return;
        DeliveryState outcome;
        const std::string text = error.message();
        outcome.type = error ? DeliveryState::Type::rejected : DeliveryState::Type::accepted;
        if (error) outcome.error = Error{.condition = condition_of(error), .description = text};
        self->settle_within(transaction_id, id, outcome);
        self->replenish(*link);
    };
    broker_.publish({.to = to,
                     .message = std::move(message),
                     .transaction = transaction->number,
                     .token = connection_.then(std::move(answered)),
                     .detect_duplicates = connection_.options().detects_duplicates});
}

void Session::published(std::uint32_t delivery_id, std::error_code error) {
    const auto found = incoming_.find(delivery_id);
    if (found == incoming_.end()) return;
    Producer* const producer = find_producer(found->second);
    incoming_.erase(found);
    if (producer == nullptr) return;
    --producer->in_flight;
    if (error) {
        reject(*producer, delivery_id, condition_of(error), error.message());
    } else {
        accept(delivery_id);
    }
    replenish(*producer);
}

void Session::accept(std::uint32_t delivery_id) {
    if (accepted_ && accepted_->second + 1 == delivery_id) {
        accepted_->second = delivery_id;
        return;
    }
    flush_accepted();
    accepted_ = {delivery_id, delivery_id};
    connection_.want_turn_end();
}

void Session::flush_accepted() {
    const auto range = std::exchange(accepted_, std::nullopt);
    if (!range) return;
    Disposition disposition{.role = Role::receiver, .first = range->first, .settled = true};
    if (range->second != range->first) disposition.last = range->second;
    disposition.state = kAccepted;
    send(disposition);
}

void Session::settle_incoming(std::uint32_t delivery_id, const DeliveryState& state) {
    flush_accepted();
    ByteWriter encoded;
    encode(state, encoded);
    send(Disposition{
        .role = Role::receiver, .first = delivery_id, .settled = true, .state = encoded.bytes()});
}

void Session::settle_within(std::string_view transaction, std::uint32_t delivery_id,
                            const DeliveryState& outcome) {
    ByteWriter encoded;
    encode(outcome, encoded);
    DeliveryState state;
    state.type = DeliveryState::Type::transactional;
    state.transaction = as_bytes(transaction);
    state.outcome = encoded.bytes();
    settle_incoming(delivery_id, state);
}

void Session::reject(Producer& producer, std::uint32_t delivery_id, std::string_view condition,
                     std::string_view description) {
    DeliveryState state;
    // Only an outcome that the source has named may come back.
    state.type = producer.rejects ? DeliveryState::Type::rejected : DeliveryState::Type::released;
    if (producer.rejects) {
        state.error = Error{.condition = condition, .description = description};
    }
    settle_incoming(delivery_id, state);
    replenish(producer);
}

void Session::refuse_message(Producer& producer, std::string_view condition,
                             std::string_view description) {
    // Of a settled one the peer wants to hear nothing, before the end of its transaction.
    Transaction* const transaction =
        connection_.transactions().find(as_bytes(producer.transaction));
    if (transaction != nullptr) transaction->broken = true;
    if (producer.settled) return replenish(producer);
    if (transaction == nullptr) {
        return reject(producer, producer.delivery_id, condition, description);
    }
    DeliveryState outcome;
    outcome.type = DeliveryState::Type::rejected;
    outcome.error = Error{.condition = condition, .description = description};
    settle_within(producer.transaction, producer.delivery_id, outcome);
    replenish(producer);
}

void Session::replenish(Producer& producer) {
    if (!producer.attached) return;
    const std::size_t by_bytes =
        producer.message_bytes == 0 ? SIZE_MAX : kCreditBytesMax / producer.message_bytes;
    const auto window = static_cast<std::uint32_t>(
        std::clamp<std::size_t>(by_bytes, 1, connection_.options().producer_credit));
    const std::uint32_t used = producer.credit + producer.in_flight;
    if (used > window * 3 / 10) return;
    producer.credit = window - producer.in_flight;
    send_flow(&producer, false);
}

}  // namespace tern::amqp10
