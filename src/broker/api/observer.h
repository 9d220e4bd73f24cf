#pragma once

#include "broker/api/destination.h"
#include "broker/api/ids.h"
#include "message/message.h"

#include <string_view>

namespace tern::broker {

/// Something that happened and that clients may want to be told.
struct Event {
    enum class What : std::uint8_t { destination_added, destination_removed };

    What what;
    const Destination& destination;
    /// For a temporary destination: the connection's client-visible name.
    std::string_view connection;
};

/// Where an observer publishes what it makes of an event: to the subscriptions of this shard.
class EventSink {
public:
    virtual ~EventSink() = default;
    /// Whether anybody on this shard listens: making a message for nobody is wasted.
    [[nodiscard]] virtual bool wanted(const DestinationView& topic) const = 0;
    virtual void publish(const DestinationView& topic, MessagePtr message) = 0;
};

/// Turns events into messages, such as OpenWire's advisories. Called on every shard for every
/// event, before the command that caused it is answered.
class Observer {
public:
    virtual ~Observer() = default;
    virtual void observe(const Event& event, EventSink& sink) = 0;
};

}  // namespace tern::broker
