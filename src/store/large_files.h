#pragma once

#include "message/large_body.h"
#include "runtime/disk.h"
#include "runtime/lane.h"
#include "store/large_format.h"

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace tern::store {

struct LargeOptions {
    /// Ids are counted up from here. Never the same in two runs: a file must not be taken for one
    /// that an old record of the journal speaks of.
    std::uint64_t first_id = 1;
    /// False: what the system has taken counts as written.
    bool sync = true;
};

struct LargeStats {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

/// The bodies that lie in files of their own, for all shards. What is asked for happens on their
/// lane, in the order of the calls, and is answered there. A file goes when nothing refers to it
/// any more, behind all that the journal knows by then. From any thread.
class LargeFiles final : public LargeBodyFinder {
public:
    /// `disk` and `lane` outlive this object; bodies may outlive it.
    LargeFiles(Disk& disk, Lane& lane, LargeOptions options);
    ~LargeFiles() override;
    LargeFiles(const LargeFiles&) = delete;
    LargeFiles& operator=(const LargeFiles&) = delete;

    /// Looks what is there; before the lane runs. Everything is kept until `end_recovery`.
    [[nodiscard]] Result<void> open();
    /// What nobody has found by now goes.
    void end_recovery();
    /// Runs a task once the journal has all that it was told before: asked on the lane.
    using BehindJournal = std::move_only_function<void(Task)>;
    void run_behind(BehindJournal journal) { behind_journal_ = std::move(journal); }
    /// With less left on the disk, nothing is written.
    void keep_free(std::uint64_t bytes) { reserve_bytes_ = bytes; }

    [[nodiscard]] LargeBodyPtr find(std::uint64_t id, std::uint64_t size) const override;

    class Body;
    using BodyPtr = std::shared_ptr<Body>;
    /// A body that has yet to be written.
    [[nodiscard]] BodyPtr begin();
    /// Whole pieces, but for the last call. `done` says that they are written, or never will be.
    void append(const BodyPtr& body, Buffer content, Task done);
    using SealDone = std::move_only_function<void(Result<void>)>;
    /// Makes a body durable that was appended whole. Errors: no_space_on_device, or the disk's.
    void seal(const LargeBodyPtr& body, SealDone done);
    [[nodiscard]] static bool is_sealed(const LargeBody& body);

    /// Several pieces, the first one of which begins at `offset`. Errors: journal's corrupt, or the
    /// disk's.
    using ReadDone = std::move_only_function<void(Result<std::vector<Buffer>>)>;
    void read(const LargeBodyPtr& body, std::uint64_t offset, ReadDone done);
    static constexpr std::size_t kPiecesPerRead = 4;

    /// Nothing is removed, nor done, from now on: what ends only with the process stays.
    void close();

    [[nodiscard]] LargeStats stats() const;

private:
    /// What bodies and files have in common; bodies keep it.
    struct Shared {
        std::mutex mutex;
        LargeFiles* files = nullptr;  ///< null once closed
        std::unordered_map<std::uint64_t, std::weak_ptr<Body>> bodies;
        std::unordered_map<std::uint64_t, std::uint64_t> file_bytes;
        std::vector<std::uint64_t> dropped;
        std::uint64_t next_id = 0;
        std::uint64_t bytes = 0;
    };
    struct Opened {
        std::uint64_t id = 0;
        std::unique_ptr<File> file;
    };
    static constexpr std::size_t kOpenMax = 32;
    /// So much may wait for a sync: the last one of a body must not take long.
    static constexpr std::uint64_t kUnsyncedBytesMax = std::uint64_t{16} * 1024 * 1024;

    static void dropped(Shared& shared, std::uint64_t id);
    static BodyPtr own(const LargeBodyPtr& body);
    void submit(Task task);
    // Runs on: the lane, as what follows.
    void sweep();
    void remove(const std::vector<std::uint64_t>& ids);
    void write(Body& body, const Buffer& content);
    [[nodiscard]] Result<void> write_pieces(Body& body, Bytes content);
    [[nodiscard]] Result<void> create(Body& body);
    [[nodiscard]] Result<void> seal(Body& body);
    void give_up(Body& body, std::error_code error);
    [[nodiscard]] Result<File*> file_of(const Body& body);
    [[nodiscard]] Result<std::vector<Buffer>> read(const Body& body, std::uint64_t offset);
    void keep_open(std::uint64_t id, std::unique_ptr<File> file);

    Disk& disk_;
    Lane& lane_;
    const LargeOptions options_;
    std::uint64_t reserve_bytes_ = 0;
    BehindJournal behind_journal_;
    std::shared_ptr<Shared> shared_;
    /// Found by somebody since `open`.
    mutable std::vector<BodyPtr> recovered_;
    bool recovering_ = false;
    // The lane's.
    std::list<Opened> opened_;  ///< those read last come first
    bool folder_made_ = false;
    bool folder_changed_ = false;
};

/// Its file is the lane's; the rest is settled before anybody else sees it.
class LargeFiles::Body final : public LargeBody {
public:
    Body(std::shared_ptr<Shared> shared, std::uint64_t id)
        : LargeBody(id), shared_(std::move(shared)) {}
    ~Body() override { dropped(*shared_, id()); }

    [[nodiscard]] std::uint64_t size() const override { return size_; }

private:
    friend class LargeFiles;

    std::shared_ptr<Shared> shared_;
    std::uint64_t size_ = 0;
    std::atomic<bool> sealed_{false};
    // The lane's.
    std::unique_ptr<File> file_;  ///< while it is written
    std::uint64_t written_ = 0;
    std::uint64_t unsynced_ = 0;
    std::error_code error_;
};

}  // namespace tern::store
