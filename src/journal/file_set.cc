#include "journal/file_set.h"

#include "base/log.h"

#include <algorithm>

namespace tern::journal {
namespace {

constexpr std::uint64_t kRewriteStepBytes = std::uint64_t{1024} * 1024;

}  // namespace

FileSet::FileSet(Disk& disk, Lane& helper, std::uint64_t file_bytes, bool archives)
    : disk_(disk),
      helper_(helper),
      file_bytes_(std::max<std::uint64_t>(file_bytes, 1024)),
      archives_(archives) {}

FileSet::~FileSet() = default;

Result<void> FileSet::adopt(const Recovered& found, std::span<const Release> holds) {
    if (auto cleaned = clean(found); !cleaned) return cleaned;
    for (const KnownFile& file : found.log) {
        log_.push_back({.number = file.number, .first = file.first});
        last_ = file.number;
    }
    for (const Release& held : holds) file_with(held.lsn).holds += held.count;
    const bool numbers_go_on = found.discarded.empty();
    for (const KnownFile& file : found.spares) {
        if (!numbers_go_on) break;  // `clean` removed them
        auto opened = disk_.open(path_of(file.number), Disk::Open::existing);
        if (!opened) return failure(opened.error());
        spares_.push_back({.number = file.number, .bytes = file.bytes, .file = std::move(*opened)});
        last_ = file.number;
    }
    folder_made_ = !log_.empty() || !spares_.empty();
    const std::lock_guard lock(mutex_);
    if (oldest_is_dead()) wake_helper();
    return {};
}

/// Removes what does not belong to the log and makes durable what does: a process that died may
/// have left it in the system's memory only.
Result<void> FileSet::clean(const Recovered& found) {
    if (found.unfinished_file) {
        if (auto done = disk_.remove(std::string(kFolder) + '/' + kUnfinishedFile); !done) {
            return done;
        }
    }
    if (!found.discarded.empty()) {
        // From the last on, so that no crash leaves a gap.
        for (auto spare = found.spares.rbegin(); spare != found.spares.rend(); ++spare) {
            if (auto done = remove(spare->number); !done) return done;
        }
    }
    for (const FileNumber number : found.discarded) {
        if (auto done = remove(number); !done) return done;
    }
    for (const KnownFile& known : found.log) {
        const bool is_last = known.number == found.log.back().number;
        if (!is_last && !found.unsynced) continue;
        auto file = disk_.open(path_of(known.number), Disk::Open::existing);
        if (!file) return failure(file.error());
        if (is_last) {
            if (auto done = clean_end(**file, found); !done) return done;
        }
        if (auto done = (*file)->sync(); !done) return done;
        if (!is_last) continue;
        active_ = {.number = known.number,
                   .file = std::move(*file),
                   .bytes = known.bytes,
                   .offset = found.end};
    }
    // Names, too, may be younger than the last sync of their folder.
    if (found.log.empty() && found.spares.empty()) return {};
    return disk_.sync_folder(kFolder);
}

/// Wipes what could be taken for a part of the log once the log has grown up to it. And writes the
/// header and the last frame once more: if the sync after them failed in an earlier life of the
/// process, the system shows them and yet believes that there is nothing to write.
Result<void> FileSet::clean_end(File& file, const Recovered& found) {
    static constexpr std::array<std::uint8_t, kFrameHeaderBytes> kZeros{};
    for (const std::uint64_t offset : found.stale) {
        if (auto done = file.write_at(offset, std::array{Bytes(kZeros)}); !done) return done;
    }
    std::vector<std::uint8_t> bytes(kFileHeaderBytes);
    std::uint64_t offset = 0;
    for (;;) {
        if (const auto got = file.read_at(offset, bytes); !got) return failure(got.error());
        if (auto done = file.write_at(offset, std::array{Bytes(bytes)}); !done) return done;
        offset = std::max(offset + bytes.size(), found.last_frame);
        if (offset >= found.end) return {};
        bytes.resize(std::min(found.end - offset, kRewriteStepBytes));
    }
}

Result<void> FileSet::remove(FileNumber number) {
    if (auto done = disk_.remove(path_of(number)); !done) return done;
    return disk_.sync_folder(kFolder);
}

Result<void> FileSet::begin(FileHeader header, std::uint64_t bytes) {
    auto spare = take_or_make_spare();
    if (!spare) return failure(spare.error());
    // Synced before the first frame: frames behind a header that cannot be read are damage.
    header.file = spare->number;
    const auto encoded = encode(header);
    if (auto done = spare->file->write_at(0, std::array{Bytes(encoded)}); !done) return done;
    if (auto done = spare->file->sync(); !done) return done;
    active_ = {.number = spare->number,
               .file = std::move(spare->file),
               .bytes = std::max(spare->bytes, kFileHeaderBytes + bytes),
               .offset = kFileHeaderBytes};
    const std::lock_guard lock(mutex_);
    log_.push_back({.number = active_.number, .first = header.first});
    spare_failed_ = false;
    return {};
}

std::optional<FileSet::Spare> FileSet::take_spare() {
    const std::lock_guard lock(mutex_);
    if (spares_.empty()) return std::nullopt;
    std::optional<Spare> spare = std::move(spares_.front());
    spares_.pop_front();
    return spare;
}

Result<FileSet::Spare> FileSet::take_or_make_spare() {
    if (auto spare = take_spare()) return std::move(*spare);
    const std::lock_guard naming(naming_);
    // The helper may have named one while we waited.
    if (auto spare = take_spare()) return std::move(*spare);
    FileNumber number;
    {
        const std::lock_guard lock(mutex_);
        number = ++last_;
    }
    return make_in_haste(number);
}

Result<FileSet::Spare> FileSet::make_in_haste(FileNumber number) {
    if (!folder_made_) {
        if (auto done = disk_.make_folder(kFolder); !done) return failure(done.error());
        if (auto done = disk_.sync_folder(""); !done) return failure(done.error());
        folder_made_ = true;
    }
    auto file = disk_.open(path_of(number), Disk::Open::create);
    if (!file) return failure(file.error());
    const std::uint64_t bytes = std::min(file_bytes_, kHastyBytes);
    if (auto done = (*file)->truncate(bytes); !done) return failure(done.error());
    if (auto done = disk_.sync_folder(kFolder); !done) return failure(done.error());
    return Spare{.number = number, .bytes = bytes, .file = std::move(*file)};
}

void FileSet::apply(std::uint64_t holds, std::span<const Release> releases) {
    if (holds == 0 && releases.empty()) return;
    const std::lock_guard lock(mutex_);
    if (!log_.empty()) log_.back().holds += holds;
    for (const Release& release : releases) {
        LogFile& file = file_with(release.lsn);
        TERN_ASSERT(file.holds >= release.count);
        file.holds -= release.count;
    }
}

FileSet::LogFile& FileSet::file_with(Lsn lsn) {
    const auto next = std::ranges::upper_bound(log_, lsn, {}, &LogFile::first);
    TERN_ASSERT(next != log_.begin());
    return *std::prev(next);
}

void FileSet::tend() {
    const std::lock_guard lock(mutex_);
    if (has_work()) wake_helper();
}

bool FileSet::has_work() const {
    return oldest_is_dead() || lacks_spare() || makes_too_much();
}

/// The active file, spares, and those of which less than half is needed.
std::size_t FileSet::idle_files() const {
    std::size_t count = spares_.size() + (log_.empty() ? 0 : 1);
    for (std::size_t i = 0; i + 1 < log_.size(); ++i) {
        const std::uint64_t records = log_[i + 1].first.value - log_[i].first.value;
        if (log_[i].holds * 2 < records) ++count;
    }
    return count;
}

/// Nothing is made ahead of the first file: the folder comes with that. Nor when files cannot be
/// used again as quickly as they are written: the disk is not for what nobody needs.
bool FileSet::lacks_spare() const {
    return !log_.empty() && spares_.empty() && !spare_failed_ && idle_files() < kFilesMax;
}

bool FileSet::makes_too_much() const {
    return making_ && (spares_.size() >= kSparesMax || idle_files() >= kFilesMax);
}

bool FileSet::oldest_is_dead() const {
    return log_.size() > 1 && log_.front().holds == 0 && log_.front().number <= reusable_;
}

void FileSet::allow_reuse(FileNumber up_to) {
    const std::lock_guard lock(mutex_);
    reusable_ = up_to;
    if (has_work()) wake_helper();
}

Lsn FileSet::end_of(FileNumber number) const {
    const std::lock_guard lock(mutex_);
    const auto next = std::ranges::upper_bound(log_, number, {}, &LogFile::number);
    return next == log_.end() ? Lsn(UINT64_MAX) : next->first;
}

std::error_code FileSet::error() const {
    const std::lock_guard lock(mutex_);
    return error_;
}

HeldFile FileSet::oldest() const {
    const std::lock_guard lock(mutex_);
    for (auto file = log_.begin(); file != log_.end(); ++file) {
        if (file->holds == 0) continue;
        const auto next = std::next(file);
        return {.number = file->number,
                .end = next == log_.end() ? Lsn(UINT64_MAX) : next->first,
                .holds = file->holds};
    }
    return {};
}

std::uint64_t FileSet::count() const {
    const std::lock_guard lock(mutex_);
    return log_.size();
}

std::uint64_t FileSet::spares() const {
    const std::lock_guard lock(mutex_);
    return spares_.size();
}

}  // namespace tern::journal
