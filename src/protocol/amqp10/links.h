#pragma once

#include "broker/api/destination.h"
#include "broker/api/large_bodies.h"
#include "broker/api/listener.h"
#include "broker/api/queue_info.h"
#include "bytes/byte_writer.h"
#include "protocol/amqp10/codec/body_scanner.h"
#include "protocol/amqp10/codec/performatives.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace tern::amqp10 {

class Session;

/// What both kinds of links have. A handle serves both directions: ours is the peer's.
struct Link {
    std::string name;
    std::uint32_t handle = 0;
    /// The broker has agreed and the peer was told.
    bool attached = false;
    /// The peer's detach came before that.
    std::optional<bool> detach_closed;
    /// A destination that lives with this link.
    std::unique_ptr<const broker::Destination> dynamic = nullptr;
    std::uint32_t delivery_count = 0;
    std::uint32_t credit = 0;
};

/// A link on which the peer sends.
struct Producer : Link {
    enum class Kind : std::uint8_t { node, relay, coordinator };

    Kind kind = Kind::node;
    broker::Destination to;
    std::uint32_t number = 0;  ///< on its connection, from 1, once others know of it
    /// The peer understands it when a message is rejected.
    bool rejects = true;
    /// Not yet answered by the broker.
    std::uint32_t in_flight = 0;
    /// Of its messages so far, a sliding average.
    std::size_t message_bytes = 0;

    /// A delivery that has not come whole.
    bool partial = false;
    std::uint32_t delivery_id = 0;
    bool settled = false;
    std::string transaction;
    ByteWriter body;
    /// What goes to a file while it comes; `body` has the sections before it then.
    struct Large {
        std::unique_ptr<broker::LargeBodyWriter> writer;
        BodyScanner scanner;
        std::uint64_t bytes = 0;
        std::error_code wrong;
    };
    std::unique_ptr<Large> large;
};

/// A link on which the peer receives.
struct Consumer : Link {
    explicit Consumer(Session& owner) : session(owner) {}

    Session& session;
    broker::ConsumerNumber number;  ///< 0: not yet consuming, or no longer
    /// The durable subscription it consumes from, which ends when the link is closed.
    std::optional<broker::SubscriptionKey> durable;
    /// Attached without a source: what to go on with once the peer gives credit.
    std::optional<broker::NamedSubscription> named;
    std::vector<broker::Destination> topics;
    bool presettled = false;
    DeliveryState::Type default_outcome = DeliveryState::Type::released;
    /// What the broker may still send; never more than the credit.
    std::uint32_t granted = 0;
    /// Sent by the broker, not yet to the peer.
    std::uint32_t queued = 0;
    std::size_t message_bytes = 0;

    /// The peer wants its credit used up or given back.
    bool draining = false;
    /// The broker has nothing more for it.
    bool exhausted = false;
    /// The broker was asked to take back what it was granted.
    bool revoking = false;

    bool browser = false;
    bool browse_complete = false;
    std::deque<broker::Delivery> browse;
};

}  // namespace tern::amqp10
