#include "store/tools/builder.h"

#include "journal/format.h"
#include "journal/frame_builder.h"

#include <algorithm>

namespace tern::store::tools {
namespace {

constexpr std::uint64_t kFrameBytesMax = std::uint64_t{1024} * 1024;

Answer<void> told(const char* what, const Result<void>& done) {
    if (!done) return problem_with(what, done.error());
    return {};
}

}  // namespace

StoreBuilder::StoreBuilder(Disk& disk, std::uint64_t journal)
    : disk_(disk), journal_(journal), segments_(disk, {}) {}

Answer<void> StoreBuilder::begin(const About& about) {
    next_lsn_ = std::max<std::uint64_t>(about.next_lsn, 1);
    if (auto opened = segments_.open(); !opened) return told("segments", opened);
    return told("segments", segments_.start(journal_));
}

Answer<void> StoreBuilder::record(RecordType type, Bytes body) {
    if (auto done = end_body(); !done) return done;
    ByteReader in(body);
    if (type == RecordType::define) queues_.insert(decode_definition(in).queue);
    if (type == RecordType::define_subscription) queues_.insert(decode_subscription(in).queue);
    records_.push_back(
        {.type = static_cast<std::uint8_t>(type), .holds = 0, .parts = {Buffer::copy_of(body)}});
    return {};
}

Answer<void> StoreBuilder::begin_body(std::uint64_t id, std::uint64_t size) {
    if (auto done = end_body(); !done) return done;
    if (!has_bodies_) {
        if (auto done = disk_.make_folder(kLargeFolder); !done) return told(kLargeFolder, done);
        has_bodies_ = true;
    }
    auto file = disk_.open(large_path(id), Disk::Open::create);
    if (!file) return problem_with(large_path(id), file.error());
    body_ = Body{.id = id, .size = size, .written = 0, .file = std::move(*file)};
    const auto header = encode_large_header(id);
    return told("a large body", body_->file->write_at(0, std::array{Bytes(header)}));
}

Answer<void> StoreBuilder::piece(Bytes content) {
    TERN_ASSERT(body_);
    const std::uint64_t number = body_->written / LargeBody::kPieceBytes;
    const auto head = encode_piece_head(body_->id, number, content);
    body_->written += content.size();
    return told("a large body",
                body_->file->write_at(piece_offset(number), std::array{Bytes(head), content}));
}

Answer<void> StoreBuilder::end_body() {
    if (!body_) return {};
    if (body_->written != body_->size) {
        return problem("body {:016x} ends after {} of {} bytes", body_->id, body_->written,
                       body_->size);
    }
    auto done = told("a large body", body_->file->sync());
    body_.reset();
    return done;
}

Answer<void> StoreBuilder::message(std::uint64_t lsn, std::span<const Route> routes,
                                   const MessagePtr& message) {
    if (auto done = end_body(); !done) return done;
    next_lsn_ = std::max(next_lsn_, lsn + 1);
    for (const Route& route : routes) {
        Held& held = held_[route.queue];
        held.messages.push_back({.ordinal = lsn,
                                 .at = {lsn},
                                 .message = message,
                                 .announced = route.announced,
                                 .shared = routes.size() > 1});
        held.bytes += message->memory_bytes();
        held_bytes_ += message->memory_bytes();
        if (held.messages.size() < BlockBuilder::kMessagesMax &&
            held.bytes < BlockBuilder::kBytesMax) {
            continue;
        }
        if (auto done = put(route.queue, held); !done) return done;
        held_.erase(route.queue);
    }
    return held_bytes_ < kHeldBytesMax ? Answer<void>() : put_all();
}

Answer<void> StoreBuilder::put(broker::QueueId queue, Held& held) {
    const auto places = segments_.put(queue, held.messages);
    held_bytes_ -= held.bytes;
    if (!places) return problem_with("segments", places.error());
    return {};
}

Answer<void> StoreBuilder::put_all() {
    for (auto& [queue, held] : held_) {
        if (auto done = put(queue, held); !done) return done;
    }
    held_.clear();
    return {};
}

Answer<void> StoreBuilder::finish() {
    if (auto done = end_body(); !done) return done;
    if (auto done = put_all(); !done) return done;
    if (has_bodies_) {
        if (auto done = disk_.sync_folder(kLargeFolder); !done) return told(kLargeFolder, done);
    }
    if (auto done = segments_.flush(); !done) return told("segments", done);
    return write_journal();
}

Answer<void> StoreBuilder::write_journal() {
    constexpr journal::FileNumber kFirst(1);
    const std::string path = journal::path_of(kFirst);
    if (auto done = disk_.make_folder(journal::kFolder); !done) return told(path.c_str(), done);
    auto file = disk_.open(path, Disk::Open::create);
    if (!file) return problem_with(path, file.error());
    const journal::Lsn durable(next_lsn_ - 1);
    const auto header = encode(journal::FileHeader{
        .journal = journal_, .file = kFirst, .first = journal::Lsn(next_lsn_), .durable = durable});
    Result<void> done = (*file)->write_at(0, std::array{Bytes(header)});
    std::uint64_t offset = journal::kFileHeaderBytes;
    journal::FrameBuilder frame;
    for (std::size_t next = 0; done && next < records_.size();) {
        journal::Batch batch;
        std::uint64_t bytes = 0;
        for (; next < records_.size() && bytes < kFrameBytesMax; ++next) {
            bytes += records_[next].parts.front().size();
            batch.records.push_back(std::move(records_[next]));
        }
        frame.begin(journal_, kFirst, offset, journal::Lsn(next_lsn_), durable);
        frame.add(batch);
        done = (*file)->write_at(offset, frame.finish());
        offset += frame.bytes();
        next_lsn_ += batch.records.size();
    }
    if (done) done = (*file)->sync();
    if (done) done = disk_.sync_folder(journal::kFolder);
    if (done) done = disk_.sync_folder("");
    return told(path.c_str(), done);
}

}  // namespace tern::store::tools
