#include "engine/large_bodies.h"

#include "engine/connection.h"
#include "engine/shard_broker.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tern::engine {

class LargeBodies::Writer final : public broker::LargeBodyWriter {
public:
    Writer(ShardBroker& shard, broker::ConnectionNumber connection, store::LargeFiles& files)
        : shard_(shard), connection_(connection), files_(files), body_(files.begin()) {}

    void append(Bytes piece) override {
        while (!piece.empty()) {
            if (!block_) block_ = MutableBuffer(kBlockBytes);
            const std::size_t count = std::min(piece.size(), kBlockBytes - used_);
            std::memcpy(block_.data() + used_, piece.data(), count);
            used_ += count;
            piece = piece.subspan(count);
            if (used_ == kBlockBytes) send_off();
        }
    }

    LargeBodyPtr finish() override {
        if (used_ > 0) send_off();
        return std::move(body_);
    }

private:
    /// What is written in one go.
    static constexpr std::size_t kBlockBytes = 4 * LargeBody::kPieceBytes;

    void send_off() {
        const std::size_t bytes = std::exchange(used_, 0);
        Buffer block = std::exchange(block_, MutableBuffer()).freeze(bytes);
        if (Connection* const connection = shard_.find(connection_)) {
            connection->add_unwritten(bytes);
        }
        files_.append(body_, std::move(block), [&shard = shard_, number = connection_, bytes] {
            shard.loop().deliver([&shard, number, bytes] {
                if (Connection* const connection = shard.find(number)) connection->written(bytes);
            });
        });
    }

    ShardBroker& shard_;
    broker::ConnectionNumber connection_;
    store::LargeFiles& files_;
    store::LargeFiles::BodyPtr body_;
    MutableBuffer block_;
    std::size_t used_ = 0;
};

std::unique_ptr<broker::LargeBodyWriter> LargeBodies::write() {
    return std::make_unique<Writer>(shard_, connection_, files_);
}

void LargeBodies::read(const LargeBodyPtr& body, std::uint64_t offset, Read done) {
    files_.read(body, offset,
                [&shard = shard_, number = connection_,
                 done = std::move(done)](Result<std::vector<Buffer>> pieces) mutable {
                    shard.loop().deliver([&shard, number, done = std::move(done),
                                          pieces = std::move(pieces)]() mutable {
                        if (shard.find(number) != nullptr) done(std::move(pieces));
                    });
                });
}

}  // namespace tern::engine
