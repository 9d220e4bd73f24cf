#pragma once

#include "engine/engine.h"
#include "journal/journal.h"
#include "protocol/openwire/advisories.h"
#include "protocol/openwire/room.h"
#include "runtime/sealed/sealed_disk.h"
#include "runtime/seeded_random.h"
#include "runtime/sim/sim_disk.h"
#include "runtime/sim/sim_world.h"

#include <memory>
#include <string>
#include <vector>

namespace tern::simulation {

/// Of a store that is encrypted, the same in all lives: how they are kept is not what is simulated.
[[nodiscard]] KeyRing data_keys();

/// The broker's process between two crashes: all of it but sockets and threads, on a simulated
/// disk, clock and scheduler. Its destructor is the crash of the process: nothing is said to
/// anybody.
class Machine {
public:
    struct Options {
        std::uint64_t seed = 0;
        std::uint16_t shards = 1;
        journal::Options journal;
        store::SegmentOptions segments;
        engine::EngineOptions engine;
        openwire::Options openwire;
        /// The store is encrypted.
        bool sealed = false;
        /// Bodies may lie in files of their own.
        bool large = false;
    };

    Machine(SimDisk& disk, SimClock& clock, Options options);
    ~Machine();

    /// Reads back what the disk holds; fails as the daemon's start would.
    [[nodiscard]] Result<void> start();

    [[nodiscard]] SimWorld& world() { return world_; }
    [[nodiscard]] std::uint16_t shards() const { return options_.shards; }
    [[nodiscard]] engine::ShardBroker& shard(ShardId id) { return engine_->shard(id); }
    [[nodiscard]] const openwire::Room& room() const { return room_; }
    [[nodiscard]] journal::Journal& journal() { return *journal_; }
    [[nodiscard]] store::Segments& segments() { return *segments_; }
    /// Null: no bodies lie in files of their own.
    [[nodiscard]] store::LargeFiles* large_files() { return large_files_.get(); }
    /// The journal refused something: the daemon would stop serving.
    [[nodiscard]] bool storage_failed() const { return storage_failed_; }

    /// What is on a queue, seen from inside.
    struct Content {
        bool exists = false;
        std::size_t ready = 0;
        std::vector<broker::Delivery> messages;
    };
    [[nodiscard]] Content content(const broker::DestinationView& queue);
    [[nodiscard]] Content content(const broker::SubscriptionKey& subscription);

private:
    [[nodiscard]] Content content(const broker::QueueInfo& info);

    Options options_;
    SeededRandom random_;
    SealedDisk sealed_;
    SimWorld world_;
    message::Formats formats_;
    openwire::Room room_;
    openwire::Advisories advisories_;
    std::unique_ptr<journal::Journal> journal_;
    std::unique_ptr<store::Segments> segments_;
    std::unique_ptr<store::LargeFiles> large_files_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<engine::Engine> engine_;
    bool storage_failed_ = false;
};

}  // namespace tern::simulation
