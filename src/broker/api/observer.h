#pragma once

#include "broker/api/destination.h"
#include "broker/api/ids.h"
#include "broker/api/notice.h"
#include "message/message.h"

#include <memory>
#include <string>
#include <string_view>
#include <tuple>

namespace tern::broker {

/// A connection whose room does not announce it by itself, or one of its consumers or producers;
/// or any consumer that something happened to.
struct Party {
    enum class What : std::uint8_t { connection, consumer, producer };

    What what = What::connection;
    /// What clients know it by, when its room calls it by a name of its own.
    std::string name = {};
    // What they know it by otherwise:
    std::string connection = {};
    std::uint32_t number = 0;  ///< of the consumer or producer on it
    Destination destination = {};
    // Of a connection that comes:
    std::string client_id = {};
    std::string user = {};
    std::string peer = {};
    // Of a consumer:
    std::string selector = {};
    std::string subscription = {};  ///< the name of a durable one
    std::uint32_t credit = 0;
    std::int32_t pending_max = 0;
    std::int16_t priority = 0;
    bool exclusive = false;
    bool browses = false;
    bool retroactive = false;
};
using PartyPtr = std::shared_ptr<const Party>;

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
        // About a destination.
        consumer_slow,
        producer_fast,  ///< of `message`, if it is known: it has to wait
        destination_full,
    };

    What what;
    const Destination& destination;
    /// For a temporary destination: the connection's client-visible name.
    std::string_view connection;
    MessagePtr message = nullptr;
    bool with_body = false;  ///< those who watch are to see the message's body, too
    /// Of memory in use, when a destination is full; or messages that were dropped for `consumer`
    /// so far.
    std::uint64_t count = 0;
    PartyPtr consumer = nullptr;  ///< null: it does not concern a single one, or nobody knows
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
    /// How clients hear that somebody comes and goes. Null: they do not.
    [[nodiscard]] virtual NoticeSubjectPtr subject(const PartyPtr& party) {
        std::ignore = party;
        return nullptr;
    }
    /// The same of the broker's start.
    [[nodiscard]] virtual NoticeSubjectPtr started() { return nullptr; }
};

}  // namespace tern::broker
