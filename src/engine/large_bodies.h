#pragma once

#include "broker/api/ids.h"
#include "broker/api/large_bodies.h"
#include "store/large_files.h"

namespace tern::engine {

class ShardBroker;

/// The way of one connection to bodies that lie in files.
class LargeBodies final : public broker::LargeBodies {
public:
    LargeBodies(ShardBroker& shard, broker::ConnectionNumber connection, store::LargeFiles& files)
        : shard_(shard), connection_(connection), files_(files) {}

    [[nodiscard]] std::unique_ptr<broker::LargeBodyWriter> write() override;
    void read(const LargeBodyPtr& body, std::uint64_t offset, Read done) override;

private:
    class Writer;

    ShardBroker& shard_;
    broker::ConnectionNumber connection_;
    store::LargeFiles& files_;
};

}  // namespace tern::engine
