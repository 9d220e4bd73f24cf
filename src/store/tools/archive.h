#pragma once

#include "store/tools/archive_format.h"
#include "store/tools/target.h"

#include <unordered_map>
#include <unordered_set>

namespace tern::store::tools {

/// Where an archive is written to, from front to back.
class Sink {
public:
    virtual ~Sink() = default;
    [[nodiscard]] virtual Result<void> write(std::span<const Bytes> parts) = 0;
};

/// Where one is read from.
class Source {
public:
    virtual ~Source() = default;
    /// At least one byte, or 0 at the end.
    [[nodiscard]] virtual Result<std::size_t> read(std::span<std::uint8_t> into) = 0;
};

/// Writes an archive. What it is not told to `finish` is no archive.
class ArchiveWriter final : public Target {
public:
    /// `sink` outlives the writer.
    explicit ArchiveWriter(Sink& sink) : sink_(sink) {}

    [[nodiscard]] Answer<void> begin(const About& about) override;
    [[nodiscard]] Answer<void> record(RecordType type, Bytes body) override;
    [[nodiscard]] Answer<void> begin_body(std::uint64_t id, std::uint64_t size) override;
    [[nodiscard]] Answer<void> piece(Bytes content) override;
    [[nodiscard]] Answer<void> message(std::uint64_t lsn, std::span<const Route> routes,
                                       const MessagePtr& message) override;
    [[nodiscard]] Answer<void> finish() override;

private:
    [[nodiscard]] Answer<void> item(ItemType type, std::initializer_list<Bytes> body);

    Sink& sink_;
    std::uint64_t items_ = 0;
};

/// Reads an archive, believing nothing.
class ArchiveReader final : private LargeBodyFinder {
public:
    /// `source` outlives the reader.
    explicit ArchiveReader(Source& source) : source_(source) {}

    /// Hands all of it to `target`, whose `finish` is called only if the archive is whole and
    /// right. Error: what is wrong with it and where, or what `target` said.
    [[nodiscard]] Answer<Copied> run(Target& target);

private:
    [[nodiscard]] LargeBodyPtr find(std::uint64_t id, std::uint64_t size) const override;
    /// All of `into`, or less at the end of the archive.
    [[nodiscard]] Answer<std::size_t> fill(std::span<std::uint8_t> into);
    [[nodiscard]] Answer<ArchiveHeader> header();
    /// The next item; its body is in `body_`.
    [[nodiscard]] Answer<ItemType> next();
    [[nodiscard]] Answer<void> take(ItemType type, Target& target);
    [[nodiscard]] Answer<void> take_record(Target& target);
    [[nodiscard]] Answer<void> take_body(Target& target);
    [[nodiscard]] Answer<void> take_piece(Target& target);
    [[nodiscard]] Answer<void> take_message(Target& target);
    [[nodiscard]] Answer<void> take_end();
    [[nodiscard]] std::unexpected<std::string> wrong(std::string_view what) const;

    Source& source_;
    std::uint64_t offset_ = 0;  ///< of what is read next
    std::uint64_t begin_ = 0;   ///< of the item that was read last
    std::uint64_t items_ = 0;
    std::uint64_t next_lsn_ = 0;
    std::uint64_t last_lsn_ = 0;
    std::vector<std::uint8_t> body_;
    std::unordered_set<broker::QueueId> queues_;
    std::unordered_map<std::uint64_t, std::uint64_t> bodies_;  ///< sizes, by id
    std::uint64_t pieces_left_bytes_ = 0;                      ///< of the body begun last
    Copied copied_;
};

}  // namespace tern::store::tools
