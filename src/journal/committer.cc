#include "journal/committer.h"

#include "bytes/crc32c.h"

#include <algorithm>

namespace tern::journal {

void Committer::start(std::uint64_t journal, Lsn next) {
    journal_ = journal;
    next_ = next;
    durable_ = Lsn(next.value - 1);
}

Result<std::size_t> Committer::commit(const std::deque<Batch>& waiting) {
    bytes_ = 0;
    if (auto done = make_room(FrameBuilder::bytes_of(waiting.front())); !done) {
        return failure(done.error());
    }
    const std::size_t batches = choose(waiting);
    const FileSet::Active* active = files_.active();
    frame_.begin(journal_, active == nullptr ? FileNumber() : active->number,
                 active == nullptr ? 0 : active->offset, next_, durable_);
    for (std::size_t i = 0; i < batches; ++i) frame_.add(waiting[i]);
    // Batches may have releases only.
    if (frame_.positions().empty()) return batches;
    if (auto done = write(frame_.finish()); !done) return failure(done.error());
    return batches;
}

/// Sees to it that a frame with so many bytes of records fits into the active file.
Result<void> Committer::make_room(std::uint64_t records_bytes) {
    if (records_bytes == 0) return {};
    const std::uint64_t bytes = FrameBuilder::frame_bytes(records_bytes);
    FileSet::Active* active = files_.active();
    if (active != nullptr && bytes <= active->bytes - active->offset) return {};
    if (active != nullptr && active->offset == kFileHeaderBytes) {
        active->bytes = kFileHeaderBytes + bytes;  // a huge frame has a file of its own
        return {};
    }
    ++syncs_;
    return files_.begin(
        {.journal = journal_, .file = FileNumber(), .first = next_, .durable = durable_}, bytes);
}

/// How many of the waiting batches the next frame takes: one at least.
std::size_t Committer::choose(const std::deque<Batch>& waiting) const {
    const FileSet::Active* active = files_.active();
    if (active == nullptr) return 1;
    std::uint64_t bytes = 0;
    std::size_t count = 0;
    for (const Batch& batch : waiting) {
        bytes += FrameBuilder::bytes_of(batch);
        const bool fits = bytes <= options_.write_bytes_max &&
                          FrameBuilder::frame_bytes(bytes) <= active->bytes - active->offset;
        if (count != 0 && !fits) break;
        ++count;
    }
    return count;
}

Result<void> Committer::write(std::span<const Bytes> parts) {
    FileSet::Active& active = *files_.active();
    if (auto done = active.file->write_at(active.offset, parts); !done) return done;
    const Lsn last(next_.value + frame_.positions().size() - 1);
    if (options_.sync == Options::Sync::always) {
        ++syncs_;
        if (auto done = active.file->sync(); !done) return done;
        durable_ = last;
    }
    bytes_ = frame_.bytes();
    active.offset += bytes_;
    next_ = Lsn(last.value + 1);
    return {};
}

Result<Buffer> Committer::read(const Position& position) {
    if (position.journal != journal_) return failure(Errc::corrupt);
    const auto file = file_of(position.file);
    if (!file) return failure(file.error());
    const auto size = (*file)->size();
    if (!size) return failure(size.error());

    std::array<std::uint8_t, kRecordHeaderBytes> encoded{};
    const auto got = (*file)->read_at(position.offset, encoded);
    if (!got) return failure(got.error());
    const RecordHeader header = decode_record_header(encoded);
    const std::uint64_t body_at = position.offset + kRecordHeaderBytes;
    const bool inside = *got == encoded.size() && body_at + header.bytes <= *size;
    if (!inside) return failure(Errc::corrupt);

    MutableBuffer body(header.bytes);
    const auto read = (*file)->read_at(body_at, std::span(body.data(), header.bytes));
    if (!read) return failure(read.error());
    const RecordCrc crc(journal_, position.file);
    const Bytes bytes(body.data(), header.bytes);
    const bool right =
        *read == header.bytes && crc32c(bytes, crc.begin(position.lsn, encoded)) == header.crc;
    if (!right) return failure(Errc::corrupt);
    return std::move(body).freeze(header.bytes);
}

Result<File*> Committer::file_of(FileNumber number) {
    const FileSet::Active* active = files_.active();
    if (active != nullptr && active->number == number) return active->file.get();
    if (read_file_ == nullptr || read_number_ != number) {
        auto file = disk_.open(path_of(number), Disk::Open::existing);
        if (!file) return failure(file.error());
        read_file_ = std::move(*file);
        read_number_ = number;
    }
    return read_file_.get();
}

}  // namespace tern::journal
