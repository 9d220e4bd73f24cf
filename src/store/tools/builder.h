#pragma once

#include "store/segment_set.h"
#include "store/tools/target.h"

#include <unordered_map>
#include <unordered_set>

namespace tern::store::tools {

/// Writes a store into an empty directory, such as a broker leaves that has moved everything out of
/// its journal: messages lie in segments and keep their numbers, the rest is the journal's first
/// file. That is written last: without it no broker starts on what is there.
///
/// Holds at most 64 MiB of messages, and one.
class StoreBuilder final : public Target {
public:
    /// `disk` outlives the builder. `journal`: the id that the new journal gets, not 0.
    StoreBuilder(Disk& disk, std::uint64_t journal);

    [[nodiscard]] Answer<void> begin(const About& about) override;
    [[nodiscard]] Answer<void> record(RecordType type, Bytes body) override;
    [[nodiscard]] Answer<void> begin_body(std::uint64_t id, std::uint64_t size) override;
    [[nodiscard]] Answer<void> piece(Bytes content) override;
    [[nodiscard]] Answer<void> message(std::uint64_t lsn, std::span<const Route> routes,
                                       const MessagePtr& message) override;
    /// Everything is durable then.
    [[nodiscard]] Answer<void> finish() override;

private:
    static constexpr std::uint64_t kHeldBytesMax = std::uint64_t{64} * 1024 * 1024;

    struct Held {
        std::vector<broker::PageOut> messages;
        std::uint64_t bytes = 0;
    };
    /// The body that is being written.
    struct Body {
        std::uint64_t id = 0;
        std::uint64_t size = 0;
        std::uint64_t written = 0;
        std::unique_ptr<File> file;
    };

    [[nodiscard]] Answer<void> end_body();
    [[nodiscard]] Answer<void> put(broker::QueueId queue, Held& held);
    [[nodiscard]] Answer<void> put_all();
    [[nodiscard]] Answer<void> write_journal();

    Disk& disk_;
    const std::uint64_t journal_;
    std::uint64_t next_lsn_ = 1;
    SegmentSet segments_;
    std::vector<journal::Record> records_;
    std::unordered_set<broker::QueueId> queues_;
    std::unordered_map<broker::QueueId, Held> held_;
    std::uint64_t held_bytes_ = 0;
    std::optional<Body> body_;
    bool has_bodies_ = false;
};

}  // namespace tern::store::tools
