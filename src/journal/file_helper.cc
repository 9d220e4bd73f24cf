// The part of FileSet that runs on the helper lane, in small steps: between two of them, others may
// use the lane.
#include "base/log.h"
#include "journal/file_set.h"

#include <algorithm>

namespace tern::journal {
namespace {

constexpr std::uint64_t kFillStepBytes = std::uint64_t{1024} * 1024;

const std::string& unfinished_path() {
    static const std::string path = std::string(kFolder) + '/' + kUnfinishedFile;
    return path;
}

}  // namespace

/// Under `mutex_`.
void FileSet::wake_helper() {
    if (helping_ || closing_ || error_) return;
    helping_ = true;
    helper_.submit([this, hold = Pending::Hold(pending_)]() mutable { help(std::move(hold)); });
}

void FileSet::help(Pending::Hold hold) {
    bool retire = false;
    bool too_much = false;
    {
        const std::lock_guard lock(mutex_);
        retire = oldest_is_dead();
        too_much = makes_too_much();
    }
    if (retire) {
        retire_oldest();
    } else if (too_much) {
        drop_unfinished();
    } else {
        make_spare();
    }

    Task idle;
    {
        const std::lock_guard lock(mutex_);
        helping_ = false;
        if (has_work()) wake_helper();
        if (closing_) idle = std::move(idle_);
    }
    hold.release();
    if (idle) idle();
}

void FileSet::close(Task idle) {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
        if (helping_) {
            idle_ = std::move(idle);
            return;
        }
    }
    idle();
}

/// The oldest file, which nobody needs, becomes a spare or goes; or it is kept elsewhere.
void FileSet::retire_oldest() {
    const std::lock_guard naming(naming_);
    FileNumber number;
    bool recycle = false;
    {
        const std::lock_guard lock(mutex_);
        number = log_.front().number;
        log_.pop_front();
        recycle = spares_.size() < kSparesMax && idle_files() < kFilesMax;
    }
    if (archives_) {
        if (const auto done = archive(number); !done) fail(done.error());
        return;
    }
    auto file = disk_.open(path_of(number), Disk::Open::existing);
    if (!file) return fail(file.error());
    // Those made in haste and those of a huge record have another size and no second life.
    if (recycle && (*file)->size() == file_bytes_) {
        name_spare(path_of(number), std::move(*file));
    } else if (const auto done = remove(number); !done) {
        fail(done.error());
    }
}

Result<void> FileSet::archive(FileNumber number) {
    if (auto done = disk_.make_folder(kArchiveFolder); !done) return done;
    if (auto done = disk_.sync_folder(""); !done) return done;
    if (auto done = disk_.rename(path_of(number), path_of(number, kArchiveFolder)); !done) {
        return done;
    }
    if (auto done = disk_.sync_folder(kArchiveFolder); !done) return done;
    return disk_.sync_folder(kFolder);
}

/// `naming_` is held. A failure is final: what the folder looks like after the next crash is
/// unknown.
void FileSet::name_spare(const std::string& from, std::unique_ptr<File> file) {
    FileNumber number;
    {
        const std::lock_guard lock(mutex_);
        number = ++last_;
    }
    auto named = disk_.rename(from, path_of(number));
    if (named) named = disk_.sync_folder(kFolder);
    if (!named) return fail(named.error());
    const std::lock_guard lock(mutex_);
    spares_.push_back({.number = number, .bytes = file_bytes_, .file = std::move(file)});
}

/// Fills a little more of the next spare with zeros. Not being able to is no failure of the
/// journal: nothing has been promised, and the writer may still make a file for itself.
void FileSet::make_spare() {
    {
        const std::lock_guard lock(mutex_);
        if (!lacks_spare()) return;
    }
    const auto filled = fill_step();
    if (!filled) {
        log::warning("journal", "cannot make a file ahead: {}", filled.error().message());
        drop_unfinished();
        const std::lock_guard lock(mutex_);
        spare_failed_ = true;
        return;
    }
    if (filled_ < file_bytes_) return;
    const std::lock_guard naming(naming_);
    name_spare(unfinished_path(), std::move(unfinished_));
    const std::lock_guard lock(mutex_);
    making_ = false;
}

/// What is being made is not needed any more, nor its place on the disk.
void FileSet::drop_unfinished() {
    unfinished_.reset();
    std::ignore = disk_.remove(unfinished_path());  // it is overwritten the next time
    const std::lock_guard lock(mutex_);
    making_ = false;
}

Result<void> FileSet::fill_step() {
    if (unfinished_ == nullptr) {
        auto file = disk_.open(unfinished_path(), Disk::Open::create);
        if (!file) return failure(file.error());
        unfinished_ = std::move(*file);
        filled_ = 0;
        const std::lock_guard lock(mutex_);
        making_ = true;
    }
    const std::vector<std::uint8_t> zeros(std::min(kFillStepBytes, file_bytes_ - filled_));
    if (auto done = unfinished_->write_at(filled_, std::array{Bytes(zeros)}); !done) return done;
    // Little by little: the writer's syncs may have to wait for what lies unsynced elsewhere.
    if (auto done = unfinished_->sync(); !done) return done;
    filled_ += zeros.size();
    return {};
}

void FileSet::fail(std::error_code error) {
    log::error("journal", "cannot rename or remove a file: {}", error.message());
    const std::lock_guard lock(mutex_);
    error_ = error;
}

}  // namespace tern::journal
