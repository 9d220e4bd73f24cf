#pragma once

#include "base/frugal_deque.h"
#include "broker/api/broker.h"
#include "protocol/amqp091/codec/content.h"
#include "protocol/amqp091/confirms.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tern::amqp091 {

/// A message that is being published: what came so far.
struct Incoming {
    bool mandatory = false;
    std::size_t raw_at = 0;  ///< where flags and properties begin in `native`
    ByteWriter native;
    bool has_header = false;
    std::uint64_t body_bytes = 0;
    ByteWriter body;  ///< of several frames
    // What the header says, as far as the broker wants to know.
    MessageHeader header;
    std::vector<std::string> more_keys;  ///< CC and BCC
};

/// A message with the client that it has not settled.
struct Unacked {
    std::uint64_t tag = 0;
    broker::ConsumerNumber consumer;
    broker::DeliveryTag delivery;
    std::int64_t delivered_ms = 0;
    bool settled = false;
};

/// Messages with the client in the order of their tags.
class Unsettled {
public:
    void add(const Unacked& one) { all_.push_back(one); }
    /// Takes those that `tag` means; nothing when it means none.
    [[nodiscard]] std::optional<std::vector<Unacked>> take(std::uint64_t tag, bool multiple);
    [[nodiscard]] std::vector<Unacked> take_all();
    [[nodiscard]] std::size_t count() const { return all_.size() - settled_; }
    /// Null when there is none.
    [[nodiscard]] const Unacked* oldest() const { return all_.empty() ? nullptr : &all_.front(); }

private:
    void trim();

    FrugalDeque<Unacked> all_;
    std::size_t settled_ = 0;
};

struct Consumer {
    broker::ConsumerNumber number;
    std::uint16_t channel = 0;
    std::string tag;
    std::string address;
    std::string queue;  ///< as the client calls it
    bool no_ack = false;
    bool exclusive = false;
    bool tells_failures = false;  ///< of a queue that counts deliveries
    bool getter = false;          ///< for basic.get only
    bool cancelled = false;       ///< gets nothing any more; what it got is still with the client
    std::uint32_t prefetch = 0;   ///< 0: no limit
    std::uint32_t owed = 0;       ///< credit to be granted when the output has drained
    std::string arguments = {};   ///< as the client wrote them
};

struct Channel {
    std::uint16_t number = 0;
    std::uint16_t incarnation = 0;  ///< tells it from an earlier one of that number
    bool closing = false;           ///< the client was told; until it says that it knows
    std::string last_queue;         ///< what an empty queue name means
    std::string reply_queue;        ///< where answers to this channel's requests come; empty: none
    std::optional<Incoming> incoming;

    std::uint64_t published = 0;         ///< publishes so far
    std::uint64_t published_before = 0;  ///< those before confirms were asked for
    bool confirming = false;
    Confirms confirms;
    /// Mandatory messages on their way, by the count of publishes: they may come back.
    std::map<std::uint64_t, MessagePtr> mandatory;

    bool transactional = false;
    broker::TransactionNumber transaction;
    std::vector<Unacked> settled_in_transaction;  ///< accepted; back on rollback
    std::vector<Unacked> rejected_in_transaction;
    std::vector<bool> requeue_in_transaction;

    std::uint32_t prefetch = 0;         ///< of consumers to come
    std::uint32_t global_prefetch = 0;  ///< of all together; 0: no limit
    std::map<std::string, broker::ConsumerNumber, std::less<>> consumers;
    std::map<std::string, broker::ConsumerNumber, std::less<>> getters;  ///< by address
    std::vector<broker::ConsumerNumber> cancelled;  ///< until all they got is settled
    std::uint64_t last_tag = 0;
    Unsettled unsettled;
};

}  // namespace tern::amqp091
