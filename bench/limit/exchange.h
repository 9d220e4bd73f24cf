#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tern::limit {

struct Destination;

/// A subscription with the credit that its prefetch size and its acks give it.
struct Consumer {
    std::string id;  // as Reader::object() read it
    std::string prefix;
    std::string& out;  // the connection's output
    Destination& destination;
    std::int64_t credit;
    std::int64_t delivered = 0;       // acked as delivered in a transaction that has not ended yet
    std::deque<std::string> backlog;  // a topic's subscriber keeps its own
};

struct Destination {
    bool topic;
    std::vector<Consumer*> consumers;
    std::deque<std::string> backlog;  // a queue's
    std::size_t turn = 0;
    int run = 0;  // messages that the consumer at `turn` has had in this turn
};

/// Queues and topics in memory: a message goes to the output of a consumer with credit, queues in
/// runs of 32 to one consumer. There is no redelivery: what a closed consumer had is gone.
class Exchange {
public:
    void publish(std::string_view destination, std::string_view message);
    /// `destination` and `id` as Reader::object() read them; `out` outlives the consumer.
    std::unique_ptr<Consumer> subscribe(std::string_view destination, std::string_view id,
                                        std::int64_t credit, std::string& out);
    void unsubscribe(Consumer& consumer);
    void acknowledge(Consumer& consumer, std::uint8_t ack_type, std::int64_t count);

private:
    Destination& find(std::string_view name);

    std::unordered_map<std::string, Destination> destinations_;
};

}  // namespace tern::limit
