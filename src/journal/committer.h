#pragma once

#include "journal/file_set.h"
#include "journal/frame_builder.h"

#include <deque>

namespace tern::journal {

/// Writes batches into the files, one frame a commit, and reads records back. Belongs to the writer
/// lane.
class Committer {
public:
    Committer(Disk& disk, FileSet& files, const Options& options)
        : disk_(disk), files_(files), options_(options) {}

    /// Where the log goes on.
    void start(std::uint64_t journal, Lsn next);
    [[nodiscard]] std::uint64_t journal() const { return journal_; }

    /// Writes and syncs the first of `waiting`, as many as one frame takes; returns how many, at
    /// least one. A failure is final.
    [[nodiscard]] Result<std::size_t> commit(const std::deque<Batch>& waiting);
    /// Where the records of the last commit lie.
    [[nodiscard]] std::span<const Position> positions() const { return frame_.positions(); }
    /// What the last commit wrote.
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t syncs() const { return syncs_; }

    [[nodiscard]] Result<Buffer> read(const Position& position);

private:
    [[nodiscard]] Result<void> make_room(std::uint64_t records_bytes);
    [[nodiscard]] std::size_t choose(const std::deque<Batch>& waiting) const;
    [[nodiscard]] Result<void> write(std::span<const Bytes> parts);
    [[nodiscard]] Result<File*> file_of(FileNumber number);

    Disk& disk_;
    FileSet& files_;
    const Options& options_;
    FrameBuilder frame_;
    std::uint64_t journal_ = 0;
    Lsn next_{1};
    Lsn durable_;
    std::uint64_t bytes_ = 0;
    std::uint64_t syncs_ = 0;
    /// The last file that was read from and is not the active one.
    FileNumber read_number_;
    std::unique_ptr<File> read_file_;
};

}  // namespace tern::journal
