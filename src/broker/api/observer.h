#pragma once

#include "broker/api/destination.h"
#include "broker/api/ids.h"
#include "message/message.h"

#include <string_view>

namespace tern::broker {

/// Something that happened and that clients may want to be told.
struct Event {
    enum class What : std::uint8_t {
        destination_added,
        destination_removed,
        // About a message; on the shard where it happens only.
        message_expired,
        message_dead_lettered,
        message_accepted,    ///< from its sender
        message_unwanted,    ///< not durable, and accepted with nobody there to consume it
        message_dispatched,  ///< to a consumer
        message_consumed,
        message_discarded,  ///< its subscriber did not take it in time
        // About a destination; there is no message.
        consumer_slow,
        producer_fast,  ///< it has to wait
        destination_full,
    };

    What what;
    const Destination& destination;
    /// For a temporary destination: the connection's client-visible name.
    std::string_view connection;
    MessagePtr message = nullptr;
    bool with_body = false;  ///< those who watch are to see the message's body, too
};

/// Where an observer publishes what it makes of an event: to the subscriptions of this shard, or of
/// all when the event is about a message.
class EventSink {
public:
    virtual ~EventSink() = default;
    /// Whether anybody there listens: making a message for nobody is wasted.
    [[nodiscard]] virtual bool wanted(const DestinationView& topic) const = 0;
    virtual void publish(const DestinationView& topic, MessagePtr message) = 0;
};

/// Turns events into messages, such as OpenWire's advisories. Called for every event on every
/// shard, or where it happens, before the command that caused it is answered.
class Observer {
public:
    virtual ~Observer() = default;
    virtual void observe(const Event& event, EventSink& sink) = 0;
};

}  // namespace tern::broker
