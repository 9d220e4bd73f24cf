#pragma once

#include "base/hash.h"
#include "engine/change.h"
#include "store/recovery.h"

#include <functional>
#include <unordered_map>
#include <unordered_set>

namespace tern::engine {

class ShardBroker;

/// The answer to a question to the catalog: no error, and every shard knows.
using CatalogAnswer = std::move_only_function<void(std::error_code)>;

/// Decides which queues and temporary destinations exist and who holds which client id. There is
/// one, on shard 0: one writer, many readers. Questions come by `ShardBroker::ask`.
class Catalog {
public:
    explicit Catalog(ShardBroker& home) : home_(home) {}

    /// Takes over a queue from the last run.
    void recover(const broker::QueueInfoPtr& queue, broker::StoredAt defined_at);
    /// Ids up to this one have been used.
    void recover_ids(broker::QueueId last) { last_id_ = last.value; }

    /// Makes a queue of that name if there is none. Answers once it is durable if `durably`.
    void declare(const broker::Destination& queue, bool durably, CatalogAnswer answer);
    /// Makes a topic subscription that lives with a connection, under an id chosen by `next_id`.
    void subscribe(broker::QueueId id, std::vector<broker::Destination> topics,
                   broker::TemporaryOwner owner, CatalogAnswer answer);
    [[nodiscard]] broker::QueueId next_id() { return broker::QueueId{++last_id_}; }
    /// Deletes a queue. Errors: has_consumers (durable ones only; consumers of transactions that
    /// have not ended count).
    void remove(broker::QueueId id, CatalogAnswer answer);

    void add_temporary(const broker::Destination& destination, broker::TemporaryOwner owner,
                       std::string connection, CatalogAnswer answer);
    void remove_temporary(const broker::Destination& destination, std::string connection,
                          CatalogAnswer answer);

    /// As `Broker::identify`.
    void identify(std::string_view client_id, std::string_view instance,
                  broker::TemporaryOwner connection, CatalogAnswer answer);
    void forget_client(std::string_view client_id, broker::TemporaryOwner connection);

    /// Writes the definitions that alone hold the journal's oldest file again, so that the file can
    /// be reused.
    void refresh_definitions();

private:
    struct Client {
        std::string instance;
        broker::TemporaryOwner connection;
    };

    void evict(broker::TemporaryOwner old, CatalogAnswer answer);
    void retire(const broker::QueueInfoPtr& queue, std::move_only_function<void(bool)> retired);
    void remove_durable(const broker::QueueInfoPtr& queue, CatalogAnswer answer);
    void journal_definition(const broker::QueueInfoPtr& queue);
    /// Runs `answer` once everything that was journaled so far is durable, or lost.
    void when_durable(CatalogAnswer answer);
    /// Tells the queue's owner before all others: whoever routes to a queue relies on it being
    /// there.
    void add(const broker::QueueInfoPtr& queue, CatalogAnswer answer);
    /// What waits until the destination is made, if it is being made.
    [[nodiscard]] std::vector<Task>* being_made(const broker::Destination& destination);
    /// It is there, for all shards.
    void made(const broker::Destination& destination);
    void apply_everywhere(Change change, CatalogAnswer answer);
    [[nodiscard]] ShardId choose_owner();

    ShardBroker& home_;
    std::uint32_t last_id_ = 0;
    std::uint16_t next_owner_ = 0;
    std::unordered_map<broker::QueueId, broker::StoredAt> defined_at_;
    /// Their definitions stay where they are for now.
    std::unordered_multiset<broker::QueueId> fixed_;
    /// What waits for destinations that are being made.
    std::unordered_map<broker::Destination, std::vector<Task>, broker::DestinationHash,
                       broker::DestinationEqual>
        making_;
    std::unordered_map<std::string, Client, StringHash, std::equal_to<>> clients_;
};

}  // namespace tern::engine
