#pragma once

#include "journal/pending.h"
#include "journal/recovery.h"

#include <deque>
#include <mutex>

namespace tern::journal {

/// The files of a journal: which one is written to, how many holds keep each of the others, and,
/// on the helper lane, spares made ahead and files recycled or removed.
///
/// A file gets its name, be it new or recycled, in the order of the numbers and each durably before
/// the next: no crash leaves a gap.
class FileSet {
public:
    /// Files that are made in a hurry have this size, unless files are smaller altogether. They are
    /// not filled with zeros: the first commit shall not wait for that.
    static constexpr std::uint64_t kHastyBytes = std::uint64_t{4} * 1024 * 1024;
    static constexpr std::size_t kSparesMax = 2;
    /// So many files do, spares and the one that is being made included, besides those of which
    /// half the records are needed: nothing is made ahead beyond.
    static constexpr std::size_t kFilesMax = 4;

    /// The file that is written to. Belongs to the writer lane.
    struct Active {
        FileNumber number;
        std::unique_ptr<File> file;
        std::uint64_t bytes = 0;   ///< its size; only a single huge frame may go beyond
        std::uint64_t offset = 0;  ///< where the next frame goes
    };

    /// `archives`: what nobody needs any more goes to `kArchiveFolder`.
    FileSet(Disk& disk, Lane& helper, std::uint64_t file_bytes, bool archives);
    ~FileSet();
    [[nodiscard]] std::uint64_t file_bytes() const { return file_bytes_; }

    /// Takes over what recovery found, cleans up behind the end of the log, and makes all of it
    /// durable.
    [[nodiscard]] Result<void> adopt(const Recovered& found, std::span<const Release> holds);

    // Runs on: the writer lane.
    /// None before the first `begin`.
    [[nodiscard]] Active* active() { return active_.file == nullptr ? nullptr : &active_; }
    /// Makes a file with room for a frame of `bytes` the active one.
    [[nodiscard]] Result<void> begin(FileHeader header, std::uint64_t bytes);
    /// The active file got `holds` more; `releases` are durable.
    void apply(std::uint64_t holds, std::span<const Release> releases);
    /// Lets the helper do what there is to do.
    void tend();
    /// Why no file could be given a name, or nothing. Final.
    [[nodiscard]] std::error_code error() const;

    /// From any thread.
    [[nodiscard]] HeldFile oldest() const;
    [[nodiscard]] Lsn end_of(FileNumber number) const;
    void allow_reuse(FileNumber up_to);
    [[nodiscard]] std::uint64_t count() const;
    [[nodiscard]] std::uint64_t spares() const;

    /// Ends the helper's work. `idle` is called, on any lane, when the helper knows us no more; the
    /// object may be destroyed then.
    void close(Task idle);

private:
    struct LogFile {
        FileNumber number;
        Lsn first;  ///< its records have this number or a higher one
        std::uint64_t holds = 0;
    };
    struct Spare {
        FileNumber number;
        std::uint64_t bytes = 0;
        std::unique_ptr<File> file;
    };

    [[nodiscard]] LogFile& file_with(Lsn lsn);
    [[nodiscard]] Result<void> clean(const Recovered& found);
    [[nodiscard]] Result<void> clean_end(File& file, const Recovered& found);
    [[nodiscard]] Result<void> remove(FileNumber number);
    [[nodiscard]] std::optional<Spare> take_spare();
    [[nodiscard]] Result<Spare> take_or_make_spare();
    [[nodiscard]] Result<Spare> make_in_haste(FileNumber number);
    [[nodiscard]] bool oldest_is_dead() const;
    [[nodiscard]] std::size_t idle_files() const;
    [[nodiscard]] bool lacks_spare() const;
    [[nodiscard]] bool makes_too_much() const;
    [[nodiscard]] bool has_work() const;

    void wake_helper();
    void help(Pending::Hold hold);
    void retire_oldest();
    [[nodiscard]] Result<void> archive(FileNumber number);
    void name_spare(const std::string& from, std::unique_ptr<File> file);
    void make_spare();
    void drop_unfinished();
    [[nodiscard]] Result<void> fill_step();
    void fail(std::error_code error);

    Disk& disk_;
    Lane& helper_;
    const std::uint64_t file_bytes_;
    const bool archives_;
    Active active_;
    bool folder_made_ = false;

    /// Held while a file gets or loses its name, disk included; taken before `mutex_`.
    std::mutex naming_;
    /// Guards what follows; never held during a call of the disk.
    mutable std::mutex mutex_;
    std::deque<LogFile> log_;  // the active file is the last
    std::deque<Spare> spares_;
    FileNumber last_;  // the highest number given
    FileNumber reusable_{UINT64_MAX};
    std::error_code error_;
    bool helping_ = false;
    bool making_ = false;  ///< there is an unfinished spare
    /// Making a spare failed, for want of space perhaps: not tried again before the next file.
    bool spare_failed_ = false;
    bool closing_ = false;
    Task idle_;

    // The helper lane's: the spare that is being filled.
    std::unique_ptr<File> unfinished_;
    std::uint64_t filled_ = 0;
    Pending pending_;
};

}  // namespace tern::journal
