#pragma once

#include "broker/api/ids.h"
#include "broker/api/portrait.h"
#include "broker/api/queue_info.h"
#include "message/message.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <system_error>

namespace tern::broker {

/// Why the broker ends a connection that could go on.
enum class ConnectionEnd : std::uint8_t {
    taken_over,   ///< another connection has taken its client id
    by_operator,  ///< somebody asked for that
    too_slow,     ///< a consumer of its holds up others
    login_over,   ///< its user is none any more, or another one, or had to be so for a time only
};
/// In words for whoever was connected.
[[nodiscard]] std::string_view to_text(ConnectionEnd why);

/// A message on its way to a consumer.
struct Delivery {
    DeliveryTag tag;
    MessagePtr message;
    /// Failed deliveries before this one, as far as the broker knows or must assume.
    std::uint32_t failures = 0;
    /// The first one of its message group since the consumer got the group.
    bool first_of_group = false;
};

/// What is on a queue.
struct QueueCounts {
    std::uint64_t ready = 0;
    std::uint64_t unsettled = 0;  ///< delivered or in a transaction
    std::uint32_t consumers = 0;
};

/// What a connection hears from the broker.
///
/// Runs on: the connection's shard.
class Listener {
public:
    virtual ~Listener() = default;

    /// The answer to the command that carried `token`.
    virtual void completed(Token token, std::error_code error) = 0;

    /// Messages for `consumer`, in the order of the queue. They stay its own until they are settled
    /// or the consumer is closed.
    virtual void deliver(ConsumerNumber consumer, const QueueInfo& queue,
                         std::span<const Delivery> deliveries) = 0;

    /// The next messages of those that were there when the browsing consumer came, as far as its
    /// credit goes; `last`: there are no more. Nothing to settle.
    virtual void browsed(ConsumerNumber consumer, const QueueInfo& queue,
                         std::span<const Delivery> content, bool last) = 0;

    /// The answer to a command about a queue's content that carried `token`.
    virtual void counted(Token token, std::error_code error, const QueueCounts& counts);

    /// The queue was removed: the consumer is closed, and what it had is gone.
    virtual void cancelled(ConsumerNumber consumer);

    /// The user may not read that any more: the consumer is closed, and what it had is back on its
    /// queues. Unless a room says more, as when the queue was removed.
    virtual void revoked(ConsumerNumber consumer);

    /// The branch that this connection's `transaction` was a part of has ended, whoever ended it:
    /// before the answer to that command. After a rollback what the part accepted is again in
    /// delivery to its open consumers.
    virtual void branch_ended(TransactionNumber transaction, bool committed);

    /// What its room knows of the connection; null: nothing that the broker does not know.
    [[nodiscard]] virtual PortraitPtr portrait() const;

    /// The broker has ended this connection: say so, and close.
    virtual void evicted(ConnectionEnd why) = 0;
};

}  // namespace tern::broker
