#pragma once

#include "broker/api/observer.h"
#include "engine/settings.h"
#include "engine/shard_broker.h"
#include "store/store.h"

#include <atomic>
#include <memory>
#include <vector>

namespace tern::engine {

class Operations;

struct EngineOptions {
    // How much memory messages may take.
    std::size_t queue_memory_bytes = std::size_t{16} * 1024 * 1024;
    std::size_t memory_bytes = std::size_t{256} * 1024 * 1024;  ///< on all shards together
    /// Writes those for exchanges; outlives the engine. Null: dead letters go by policies alone.
    const broker::LetterWriter* letters = nullptr;
};

/// The whole broker over its shards.
class Engine {
public:
    /// `loops`, one per shard in order of their ids, `store`, `formats` and `observer` outlive the
    /// engine.
    /// `storage_failed` may be called once, from any shard, when nothing can be stored any more.
    Engine(std::vector<Loop*> loops, store::Store& store, const message::Formats& formats,
           broker::Observer* observer, std::move_only_function<void()> storage_failed,
           EngineOptions options = {});
    ~Engine();

    /// What holds from the first command on. Before `recover`.
    void configure(const SettingsPtr& settings);

    struct Recovered {
        std::size_t queues = 0;
        std::size_t messages = 0;
    };
    /// Brings back what the store holds. Before the loops run.
    [[nodiscard]] Result<Recovered> recover();
    /// Ends what the settings say has to end, and lets clients know that the broker is there. On
    /// shard 0.
    void start();

    [[nodiscard]] ShardBroker& shard(ShardId id) { return *shards_[id.value]; }
    [[nodiscard]] std::size_t shards() const { return shards_.size(); }

private:
    /// Branches that the last run prepared: decoded before the queues, to know what they accepted.
    struct RecoveredBranch {
        std::string name;
        store::Branch stored;
    };
    [[nodiscard]] Result<std::vector<RecoveredBranch>> decode_branches(
        const std::vector<store::RecoveredDocument>& documents);
    void recover_branches(std::vector<RecoveredBranch> branches,
                          const std::vector<broker::DeliveryTag>& staged);
    [[nodiscard]] Result<void> recover_routes(
        const std::vector<store::RecoveredDocument>& documents);
    [[nodiscard]] bool recover_interest(const store::RecoveredDocument& document);
    void fail();
    void relieve(journal::Lsn before, Task done);

    [[nodiscard]] broker::FilterPtr filter_of(const broker::NamedSubscription& subscription) const;

    store::Store& store_;
    const message::Formats& formats_;
    std::vector<ShardBroker*> peers_;
    std::vector<std::unique_ptr<ShardBroker>> shards_;
    std::vector<std::unique_ptr<Operations>> operations_;  ///< for callers on each shard
    std::move_only_function<void()> storage_failed_;
    std::atomic<bool> failed_{false};
};

}  // namespace tern::engine
