#include "store/large_files.h"

#include "base/log.h"
#include "journal/errc.h"

#include <algorithm>
#include <utility>

namespace tern::store {

LargeFiles::LargeFiles(Disk& disk, Lane& lane, LargeOptions options)
    : disk_(disk), lane_(lane), options_(options), shared_(std::make_shared<Shared>()) {
    shared_->files = this;
    shared_->next_id = options.first_id;
}

LargeFiles::~LargeFiles() {
    close();
}

void LargeFiles::close() {
    const std::lock_guard lock(shared_->mutex);
    shared_->files = nullptr;
}

LargeStats LargeFiles::stats() const {
    const std::lock_guard lock(shared_->mutex);
    return {.files = shared_->file_bytes.size(), .bytes = shared_->bytes};
}

void LargeFiles::submit(Task task) {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->files != nullptr) lane_.submit(std::move(task));
}

LargeFiles::BodyPtr LargeFiles::own(const LargeBodyPtr& body) {
    // There are no others.
    return std::const_pointer_cast<Body>(std::static_pointer_cast<const Body>(body));
}

// ---- what a start finds

Result<void> LargeFiles::open() {
    const auto names = disk_.list(kLargeFolder);
    if (!names) return failure(names.error());
    folder_made_ = !names->empty();
    recovering_ = true;
    for (const std::string& name : *names) {
        const auto id = large_id_of(name);
        if (!id) {
            log::warning("store", "{}/{} is none of ours and is left alone", kLargeFolder, name);
            continue;
        }
        const auto file = disk_.open(large_path(*id), Disk::Open::existing);
        if (!file) return failure(file.error());
        const auto size = (*file)->size();
        if (!size) return failure(size.error());
        const std::lock_guard lock(shared_->mutex);
        shared_->file_bytes[*id] = *size;
        shared_->bytes += *size;
    }
    return {};
}

LargeBodyPtr LargeFiles::find(std::uint64_t id, std::uint64_t size) const {
    BodyPtr body;  // dies, if it does, when the mutex is free again
    const std::lock_guard lock(shared_->mutex);
    if (const auto known = shared_->bodies.find(id); known != shared_->bodies.end()) {
        body = known->second.lock();
        return body == nullptr || body->size() != size ? nullptr : body;
    }
    const auto file = shared_->file_bytes.find(id);
    if (!recovering_ || file == shared_->file_bytes.end()) return nullptr;
    if (file->second != large_file_bytes(size)) {
        log::error("store", "{} has {} bytes instead of {}", large_path(id), file->second,
                   large_file_bytes(size));
        return nullptr;
    }
    body = std::make_shared<Body>(shared_, id);
    body->size_ = body->written_ = size;
    body->sealed_ = true;
    shared_->bodies[id] = body;
    recovered_.push_back(body);
    return body;
}

void LargeFiles::end_recovery() {
    recovering_ = false;
    std::vector<std::uint64_t> orphans;
    {
        const std::lock_guard lock(shared_->mutex);
        for (const auto& [id, bytes] : shared_->file_bytes) {
            if (!shared_->bodies.contains(id)) orphans.push_back(id);
        }
    }
    recovered_.clear();
    if (orphans.empty()) return;
    log::info("store", "{} bodies of large messages that nobody needs are removed", orphans.size());
    submit([this, orphans = std::move(orphans)] { remove(orphans); });
}

// ---- what nobody needs any more

// From any thread.
void LargeFiles::dropped(Shared& shared, std::uint64_t id) {
    const std::lock_guard lock(shared.mutex);
    shared.bodies.erase(id);
    if (shared.files == nullptr) return;
    shared.dropped.push_back(id);
    LargeFiles* const files = shared.files;
    if (shared.dropped.size() == 1) files->lane_.submit([files] { files->sweep(); });
}

/// The journal may not know yet that the message was consumed: should it never, a start finds that
/// the file is gone and takes it as said.
void LargeFiles::sweep() {
    std::vector<std::uint64_t> ids;
    {
        const std::lock_guard lock(shared_->mutex);
        if (shared_->files == nullptr) return;
        ids.swap(shared_->dropped);
    }
    if (!behind_journal_) return remove(ids);
    behind_journal_([this, ids = std::move(ids)]() mutable {
        submit([this, ids = std::move(ids)] { remove(ids); });
    });
}

void LargeFiles::remove(const std::vector<std::uint64_t>& ids) {
    for (const std::uint64_t id : ids) {
        opened_.remove_if([id](const Opened& one) { return one.id == id; });
        {
            const std::lock_guard lock(shared_->mutex);
            const auto known = shared_->file_bytes.find(id);
            if (known == shared_->file_bytes.end()) continue;  // it was never written
            shared_->bytes -= known->second;
            shared_->file_bytes.erase(known);
        }
        if (const auto removed = disk_.remove(large_path(id)); !removed) {
            log::warning("store", "cannot remove {}: {}", large_path(id),
                         removed.error().message());
        }
    }
}

// ---- writing

LargeFiles::BodyPtr LargeFiles::begin() {
    const std::lock_guard lock(shared_->mutex);
    auto body = std::make_shared<Body>(shared_, shared_->next_id++);
    shared_->bodies[body->id()] = body;
    return body;
}

void LargeFiles::append(const BodyPtr& body, Buffer content, Task done) {
    TERN_ASSERT(body->size_ % LargeBody::kPieceBytes == 0);
    body->size_ += content.size();
    submit([this, body, content = std::move(content), done = std::move(done)]() mutable {
        write(*body, content);
        content = {};
        done();
    });
}

void LargeFiles::write(Body& body, const Buffer& content) {
    if (body.error_) return;
    if (const auto written = write_pieces(body, content.bytes()); !written) {
        give_up(body, written.error());
    }
}

Result<void> LargeFiles::create(Body& body) {
    if (!folder_made_) {
        if (auto made = disk_.make_folder(kLargeFolder); !made) return made;
        if (auto synced = disk_.sync_folder(""); !synced) return synced;
        folder_made_ = true;
    }
    auto file = disk_.open(large_path(body.id()), Disk::Open::create);
    if (!file) return failure(file.error());
    folder_changed_ = true;
    body.file_ = std::move(*file);
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->file_bytes[body.id()] = kLargeHeaderBytes;
        shared_->bytes += kLargeHeaderBytes;
    }
    const auto header = encode_large_header(body.id());
    return body.file_->write_at(0, std::array{Bytes(header)});
}

Result<void> LargeFiles::write_pieces(Body& body, Bytes content) {
    const auto left = disk_.free_bytes();
    if (left && *left < reserve_bytes_ + content.size()) {
        return failure(std::make_error_code(std::errc::no_space_on_device));
    }
    if (body.file_ == nullptr) {
        if (auto created = create(body); !created) return created;
    }
    const std::uint64_t first = body.written_ / LargeBody::kPieceBytes;
    std::vector<std::array<std::uint8_t, kPieceHeadBytes>> heads;
    std::vector<Bytes> parts;
    heads.reserve(content.size() / LargeBody::kPieceBytes + 1);
    for (Bytes rest = content; !rest.empty();) {
        const Bytes piece = rest.first(std::min(rest.size(), LargeBody::kPieceBytes));
        parts.emplace_back(
            heads.emplace_back(encode_piece_head(body.id(), first + heads.size(), piece)));
        parts.push_back(piece);
        rest = rest.subspan(piece.size());
    }
    if (auto done = body.file_->write_at(piece_offset(first), parts); !done) return done;
    const std::uint64_t bytes = content.size() + heads.size() * kPieceHeadBytes;
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->file_bytes[body.id()] += bytes;
        shared_->bytes += bytes;
    }
    body.written_ += content.size();
    body.unsynced_ += content.size();
    if (!options_.sync || body.unsynced_ < kUnsyncedBytesMax) return {};
    body.unsynced_ = 0;
    return body.file_->sync();
}

void LargeFiles::seal(const LargeBodyPtr& body, SealDone done) {
    submit([this, body = own(body), done = std::move(done)]() mutable {
        auto sealed = seal(*body);
        if (!sealed && !body->error_) give_up(*body, sealed.error());
        done(std::move(sealed));
    });
}

bool LargeFiles::is_sealed(const LargeBody& body) {
    return static_cast<const Body&>(body).sealed_;
}

Result<void> LargeFiles::seal(Body& body) {
    if (body.error_) return failure(body.error_);
    if (body.sealed_) return {};
    TERN_ASSERT(body.file_ != nullptr && body.written_ == body.size_);
    if (options_.sync) {
        if (auto synced = body.file_->sync(); !synced) return synced;
        if (folder_changed_) {
            if (auto synced = disk_.sync_folder(kLargeFolder); !synced) return synced;
            folder_changed_ = false;
        }
    }
    keep_open(body.id(), std::move(body.file_));
    body.sealed_ = true;
    return {};
}

void LargeFiles::give_up(Body& body, std::error_code error) {
    body.error_ = error;
    body.file_ = nullptr;
    log::error("store", "cannot write the body of a large message: {}", error.message());
    remove({body.id()});
}

// ---- reading

void LargeFiles::read(const LargeBodyPtr& body, std::uint64_t offset, ReadDone done) {
    submit([this, body = own(body), offset, done = std::move(done)]() mutable {
        auto pieces = read(*body, offset);
        if (!pieces) {
            log::error("store", "cannot read {}: {}", large_path(body->id()),
                       pieces.error().message());
        }
        done(std::move(pieces));
    });
}

Result<std::vector<Buffer>> LargeFiles::read(const Body& body, std::uint64_t offset) {
    TERN_ASSERT(offset % LargeBody::kPieceBytes == 0 && offset < body.size());
    const auto file = file_of(body);
    if (!file) return failure(file.error());
    const std::uint64_t first = offset / LargeBody::kPieceBytes;
    const std::uint64_t begin = piece_offset(first);
    const std::uint64_t end =
        std::min(piece_offset(first + kPiecesPerRead), large_file_bytes(body.size()));
    MutableBuffer block(end - begin);
    const std::span<std::uint8_t> into(block.data(), end - begin);
    const auto got = (*file)->read_at(begin, into);
    if (!got) return failure(got.error());
    const auto pieces = find_pieces(Bytes(into).first(*got), body.id(), first, body.size());
    if (!pieces) return failure(pieces.error());
    if (pieces->empty()) return failure(journal::Errc::corrupt);
    const Buffer whole = std::move(block).freeze(*got);
    std::vector<Buffer> content;
    content.reserve(pieces->size());
    for (const Bytes piece : *pieces) content.push_back(whole.slice_of(piece));
    return content;
}

Result<File*> LargeFiles::file_of(const Body& body) {
    const auto found =
        std::ranges::find_if(opened_, [&](const Opened& one) { return one.id == body.id(); });
    if (found != opened_.end()) {
        opened_.splice(opened_.begin(), opened_, found);
        return opened_.front().file.get();
    }
    auto file = disk_.open(large_path(body.id()), Disk::Open::existing);
    if (!file) return failure(file.error());
    std::array<std::uint8_t, kLargeHeaderBytes> header{};
    const auto got = (*file)->read_at(0, header);
    if (!got) return failure(got.error());
    if (auto right = check_large_header(Bytes(header).first(*got), body.id()); !right) {
        return failure(right.error());
    }
    keep_open(body.id(), std::move(*file));
    return opened_.front().file.get();
}

void LargeFiles::keep_open(std::uint64_t id, std::unique_ptr<File> file) {
    if (opened_.size() >= kOpenMax) opened_.pop_back();
    opened_.push_front({id, std::move(file)});
}

}  // namespace tern::store
