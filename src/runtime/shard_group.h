#pragma once

#include "runtime/shard.h"

#include <memory>
#include <vector>

namespace tern {

/// All shards of a program, which know each other.
class ShardGroup {
public:
    explicit ShardGroup(std::uint16_t count);
    ~ShardGroup();

    [[nodiscard]] std::uint16_t count() const { return static_cast<std::uint16_t>(shards_.size()); }
    [[nodiscard]] Shard& operator[](ShardId id) { return *shards_[id.value]; }

    void start();
    /// Ends every shard after its current turn and returns when all threads have ended. What is
    /// still queued is destroyed with the group and never runs. Not from a shard.
    void stop();

private:
    std::vector<std::unique_ptr<Shard>> shards_;
    bool running_ = false;
};

}  // namespace tern
