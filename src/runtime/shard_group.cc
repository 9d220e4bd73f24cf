#include "runtime/shard_group.h"

#include "base/assert.h"

namespace tern {

ShardGroup::ShardGroup(std::uint16_t count) {
    TERN_ASSERT(count > 0);
    for (std::uint16_t id = 0; id < count; ++id) {
        shards_.push_back(std::make_unique<Shard>(ShardId(id), count));
    }
}

ShardGroup::~ShardGroup() {
    TERN_ASSERT(!running_);
}

void ShardGroup::start() {
    TERN_ASSERT(!running_);
    running_ = true;
    std::vector<Shard*> peers;
    peers.reserve(shards_.size());
    for (const auto& shard : shards_) peers.push_back(shard.get());
    for (const auto& shard : shards_) shard->prepare(peers);
    for (const auto& shard : shards_) shard->start();
}

void ShardGroup::stop() {
    TERN_ASSERT(running_);
    for (const auto& shard : shards_) shard->request_stop();
    for (const auto& shard : shards_) shard->join();
    running_ = false;
}

}  // namespace tern
