#include "protocol/mqtt/session.h"
#include "protocol/mqtt/virtual_topics.h"

#include <utility>

// A message of QoS 2 that was sent to a member of a group is that member's: it is completed when
// the client is back, and goes with its session (MQTT 5.0, 4.8.2). So that this holds over the end
// of the broker as well, one for a lasting session goes to the session's own queue first.

namespace tern::mqtt {
namespace {

std::string stored_text(const Message& message) {
    std::string text;
    for (const Buffer& part : message.stored()) text += as_text(part.bytes());
    return text;
}

}  // namespace

bool Session::is_for_good(const Source& source, Qos qos) {
    return source.subscription.channel == Channel::shared && qos == Qos::exactly_once;
}

/// Each leaves its group and comes to the session's queue at once, or does neither.
void Session::keep_taken() {
    for (const std::uint16_t packet_id : std::exchange(taken_, {})) {
        Flight& flight = flights_.at(packet_id);
        const broker::TransactionNumber transaction = begin();
        broker_.settle(flight.consumer, {&flight.tag, 1}, broker::Outcome::accept, transaction);
        broker_.grant(flight.consumer, 1);
        flight.consumer = {};
        flight.tag = {};
        remember(SentRecord{.packet_id = packet_id,
                            .identifier = flight.identifier,
                            .retain = flight.retain,
                            .message = stored_text(*flight.message)},
                 transaction, {});
        broker_.commit(transaction, {});
    }
}

/// Of a session that ends with its connection: nobody else gets them.
void Session::drop_sent_of_groups() {
    for (auto& [packet_id, flight] : flights_) {
        Source* const source = find_source(flight.consumer);
        if (source == nullptr || flight.state != Flight::State::published) continue;
        if (is_for_good(*source, flight.qos)) done(*source, std::exchange(flight.tag, {}));
    }
}

/// `again`: the client may have it.
void Session::send_kept(std::uint16_t packet_id, bool again) {
    Flight& flight = flights_.at(packet_id);
    flight.state = Flight::State::published;
    auto stored = load(*flight.message);
    if (stored && options_.virtual_topics) stored->topic = without_virtual_prefix(stored->topic);
    Publish publish{.dup = again,
                    .qos = Qos::exactly_once,
                    .retain = flight.retain,
                    .topic = stored ? stored->topic : std::string_view(),
                    .packet_id = packet_id,
                    .properties = stored ? stored->properties : Bytes(),
                    .payload = {}};
    if (!stored || !encode_head(publish, flight.identifier, *flight.message)) {
        traffic_.publishes_dropped += 1;
        forget(flight.record, {});
        flights_.erase(packet_id);
        --inflight_;
        return;
    }
    write_publish(*flight.message);
}

/// The client is sent it once its record is there, to be taken off with its answer.
void Session::apply(const broker::DeliveryTag& tag, const SentRecord& record) {
    if (phase_ == Phase::away || phase_ == Phase::left) return;  // for the next connection
    auto message = Message::decode(as_bytes(record.message));
    if (!message) return;
    const auto [found, fresh] =
        flights_.try_emplace(record.packet_id, Flight{.state = Flight::State::published,
                                                      .qos = Qos::exactly_once,
                                                      .consumer = {},
                                                      .tag = {},
                                                      .record = {},
                                                      .identifier = record.identifier,
                                                      .retain = record.retain,
                                                      .message = std::move(*message)});
    Flight& flight = found->second;
    if (fresh) ++inflight_;
    if (loading_) return;
    const bool is_its = !flight.record.queue && flight.message != nullptr &&
                        stored_text(*flight.message) == record.message;
    if (!is_its) return renumber(tag, record);
    flight.record = tag;
    if (phase_ == Phase::connected) {
        send_kept(record.packet_id, flight.state != Flight::State::taken);
    }
}

/// The connection whose place this one took had written it, but not sent it: by now its identifier
/// is that of another message.
void Session::renumber(const broker::DeliveryTag& tag, SentRecord record) {
    record.packet_id = free_packet_id();
    if (record.packet_id == 0) return;  // for the next connection
    const broker::TransactionNumber transaction = begin();
    forget(tag, transaction);
    remember(record, transaction, {});
    broker_.commit(transaction, {});
}

void Session::release_kept(std::uint16_t packet_id, Flight& flight) {
    const broker::TransactionNumber transaction = begin();
    forget(std::exchange(flight.record, {}), transaction);
    release(packet_id, flight, transaction);
}

}  // namespace tern::mqtt
