#include "client/producer_state.h"

#include "protocol/openwire/codec/id_text.h"

namespace tern::client {
namespace {

Timestamp wall_now() {
    return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

}  // namespace

Result<void> ProducerState::open() {
    std::forward_list<std::string> texts;
    openwire::ProducerInfo info{.producer_id = id_};
    if (destination_)
        info.destination = to_wire(*destination_, wire_text(destination_->name, texts));
    Core::Confirmed track;
    if (core_.fails_over()) {
        track = [kept = std::make_shared<const Owned<openwire::ProducerInfo>>(info)](
                    Tracker& tracker) { tracker.add(kept); };
    }
    return core_.request(info, {}, track);
}

Result<void> ProducerState::close() {
    if (std::exchange(closed_, true)) return {};
    return core_.send_end(openwire::RemoveInfo{.object_id = id_},
                          [this](Tracker& tracker) { tracker.remove(id_); });
}

Result<std::string> ProducerState::send(const Message& message, Timeout timeout) {
    // A transaction's confirmations are waited for together, at its commit.
    if (transaction_.transacted()) return send_async(message, {});
    auto wire = prepare(message);
    if (!wire) return std::unexpected(std::move(wire.error()));
    std::string id = to_text(*wire->message.message_id);
    auto sent = waits_for(message) ? core_.request(std::move(*wire), timeout)
                                   : core_.send(std::move(*wire));
    if (!sent) return std::unexpected(std::move(sent.error()));
    return id;
}

Result<std::string> ProducerState::send_async(const Message& message, Completion completion) {
    auto wire = prepare(message);
    if (!wire) return std::unexpected(std::move(wire.error()));
    std::string id = to_text(*wire->message.message_id);
    auto sent = core_.send_ahead(std::move(*wire), window_, unconfirmed_max_, std::move(completion),
                                 transaction_.number());
    if (!sent) return std::unexpected(std::move(sent.error()));
    return id;
}

Result<WireMessage> ProducerState::prepare(const Message& message) {
    if (closed_) return failure(Errc::closed, "the producer is closed");
    const Destination& destination = destination_ ? *destination_ : message.destination;
    if (destination.name.empty()) return failure(Errc::bad_argument, "no destination");
    auto out = to_wire(message);
    if (!out) return out;
    if (auto begun = transaction_.begin(); !begun) return std::unexpected(begun.error());

    openwire::Message& wire = out->message;
    wire.destination = to_wire(destination, wire_text(destination.name, out->texts));
    wire.producer_id = id_;
    wire.message_id = openwire::MessageId{.producer_id = id_, .producer_sequence_id = ++sequence_};
    wire.transaction_id = transaction_.id();
    const Timestamp now = wall_now();
    wire.timestamp = now.time_since_epoch().count();
    if (message.expiration == Timestamp() && options_.time_to_live > milliseconds::zero()) {
        wire.expiration = (now + options_.time_to_live).time_since_epoch().count();
    }
    return out;
}

bool ProducerState::waits_for(const Message& message) const {
    switch (options_.confirm) {
        case Confirm::automatic:
            return message.persistent;
        case Confirm::always:
            return true;
        case Confirm::never:
            return false;
    }
    return true;
}

}  // namespace tern::client
