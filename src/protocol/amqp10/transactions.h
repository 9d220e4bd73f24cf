#pragma once

#include "broker/api/ids.h"
#include "bytes/buffer.h"

#include <map>
#include <string>
#include <vector>

namespace tern::amqp10 {

/// A delivery whose outcome waits for the end of a transaction.
struct Staged {
    broker::ConsumerNumber consumer;
    broker::DeliveryTag tag;
    broker::Outcome outcome = broker::Outcome::accept;
    /// The peer has settled it: after a rollback it cannot give another outcome.
    bool settled = false;
    std::uint32_t session = 0;
    std::uint32_t delivery_id = 0;
    std::string annotations = {};  ///< as encoded, to be added to the message
};

struct Transaction {
    broker::TransactionNumber number;
    /// The session and handle of the coordinator link that declared it.
    std::uint32_t session = 0;
    std::uint32_t coordinator = 0;
    /// Something that belongs to it failed: it can only be rolled back.
    bool broken = false;
    std::vector<Staged> staged;
};

/// The open transactions of a connection. On the wire an id is the number in eight bytes.
class Transactions {
public:
    [[nodiscard]] Transaction& begin(std::uint32_t session, std::uint32_t coordinator);
    /// Null when there is none of that id.
    [[nodiscard]] Transaction* find(Bytes id);
    [[nodiscard]] Transaction take(broker::TransactionNumber number);
    /// Those that a coordinator link declared.
    [[nodiscard]] std::vector<broker::TransactionNumber> of(std::uint32_t session,
                                                            std::uint32_t coordinator) const;

    [[nodiscard]] static std::string id_of(broker::TransactionNumber number);

private:
    std::map<broker::TransactionNumber, Transaction> open_;
    std::uint64_t last_ = 0;
};

}  // namespace tern::amqp10
