#pragma once

#include "bytes/buffer.h"
#include "client/audit.h"
#include "client/options.h"
#include "protocol/openwire/codec/delivery_commands.h"

#include <chrono>
#include <deque>
#include <unordered_map>
#include <vector>

namespace tern::client {

/// A message as it came, with the names that acknowledgements call it by. The names view `texts`.
struct Delivery {
    Message message;
    openwire::Destination destination{};
    openwire::MessageId id{};
    Buffer texts{};
};

/// A MessageAck without its consumer, whose texts view `texts`.
struct Ack {
    openwire::MessageAck command{};
    bool in_transaction = false;
    /// Of a poison acknowledgement.
    std::string cause{};
    /// The link on which its messages came.
    std::int64_t epoch = 0;
    Buffer first_texts{};
    Buffer last_texts{};
};
using Acks = std::vector<Ack>;

/// What one consumer has received: which message is next, which are out at the application, and
/// what the broker has to be told about them (OpenWire reference, 11.3 to 11.8). Not synchronised.
class Deliveries {
public:
    enum class Mode { automatic, client, individual, transacted, browse };
    using Instant = std::chrono::steady_clock::time_point;
    struct Now {
        Timestamp wall;
        Instant steady;
        double chance = 0.5;  ///< 0 to 1: what a pause varies by
    };

    /// `audit` is the connection's, if it may be lost and come back; the keys of what comes from
    /// topics begin with `subscription`.
    Deliveries(Mode mode, int prefetch, const RedeliveryPolicy& policy, Audit* audit = nullptr,
               std::string subscription = {})
        : mode_(mode),
          prefetch_(prefetch),
          policy_(policy),
          audit_(audit),
          subscription_(std::move(subscription)) {}

    /// The broker sent a message.
    void arrived(Delivery delivery);
    /// The connection is lost: the broker will send all that is not settled again, or to others.
    void connection_lost();
    void set_prefetch(int prefetch) { prefetch_ = prefetch; }

    /// Hands out the next message, which holds until the next call, or null. Expired ones are
    /// skipped. What is handed out stays on the list of delivered ones until it is settled.
    [[nodiscard]] const Message* next(Now now, Acks& acks);
    /// When `next` may have something: now or later; nothing when it has to arrive first.
    [[nodiscard]] std::optional<Instant> ready_at() const;

    // What the application says about delivered messages.

    /// All of them are done. In a transaction that holds when `committed` is called.
    void acknowledge_all(Acks& acks);
    /// Gives the newest one away and acknowledges it. For the modes automatic and browse.
    [[nodiscard]] Message take_newest(Acks& acks);
    /// False when no delivered message has this id.
    [[nodiscard]] bool acknowledge_one(std::string_view id, Acks& acks);
    void committed() { settle(delivered_.size()); }
    /// None of them is done: they come again, those out of luck go to the dead letter queue.
    void rolled_back(Now now, Acks& acks);

    [[nodiscard]] std::size_t delivered() const { return delivered_.size(); }
    /// Delivered on a connection that was lost, neither settled nor come again since.
    [[nodiscard]] std::size_t missing() const { return missing_.size(); }
    /// For RemoveInfo: how far the application has got (11.6).
    [[nodiscard]] std::int64_t last_delivered_sequence_id() const { return last_delivered_; }

private:
    void extend_window(Acks& acks);
    [[nodiscard]] std::string key_of(const Delivery& delivery) const;
    void done(const Delivery& delivery);
    void done_with_missing();
    void settle(std::size_t count);
    [[nodiscard]] Ack ack_of(openwire::AckType type, const Delivery& first, const Delivery& last,
                             std::size_t count) const;
    [[nodiscard]] bool is_poison(const Delivery& delivery) const;
    void poison(std::size_t first, std::size_t last, Acks& acks) const;

    Mode mode_;
    int prefetch_;
    RedeliveryPolicy policy_;
    Audit* audit_;
    std::string subscription_;
    std::deque<Delivery> waiting_;
    std::deque<Delivery> delivered_;
    /// Their ids, and their keys in the audit.
    std::unordered_map<std::string, std::string> missing_;
    /// By how much delivered acknowledgements have widened the broker's window (11.3).
    std::size_t extension_ = 0;
    /// Nothing is handed out before.
    std::optional<Instant> paused_until_;
    std::int64_t last_delivered_ = -1;
};

}  // namespace tern::client
