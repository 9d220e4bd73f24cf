#include "broker/api/queue_options.h"
#include "bytes/crc32c.h"
#include "journal/errc.h"
#include "store/tools/archive.h"

#include <algorithm>

namespace tern::store::tools {
namespace {

/// Memory grows with what has come, not with what a length says.
constexpr std::size_t kStepBytes = std::size_t{1024} * 1024;

}  // namespace

std::unexpected<std::string> ArchiveReader::wrong(std::string_view what) const {
    return problem("the archive is damaged at byte {}: {}", begin_, what);
}

Answer<Copied> ArchiveReader::run(Target& target) {
    const auto about = header();
    if (!about) return std::unexpected(about.error());
    next_lsn_ = about->next_lsn;
    if (auto done = target.begin({.journal = about->journal,
                                  .next_lsn = about->next_lsn,
                                  .written_ms = about->written_ms});
        !done) {
        return std::unexpected(done.error());
    }
    for (;;) {
        const auto type = next();
        if (!type) return std::unexpected(type.error());
        if (pieces_left_bytes_ > 0 && *type != ItemType::piece) return wrong("a body has no end");
        if (*type == ItemType::end) break;
        if (auto done = take(*type, target); !done) return std::unexpected(done.error());
        ++items_;
    }
    if (auto done = take_end(); !done) return std::unexpected(done.error());
    if (auto done = target.finish(); !done) return std::unexpected(done.error());
    return copied_;
}

Answer<std::size_t> ArchiveReader::fill(std::span<std::uint8_t> into) {
    std::size_t filled = 0;
    while (filled < into.size()) {
        const auto got = source_.read(into.subspan(filled));
        if (!got) return problem_with("the archive", got.error());
        if (*got == 0) break;
        filled += *got;
    }
    offset_ += filled;
    return filled;
}

Answer<ArchiveHeader> ArchiveReader::header() {
    std::array<std::uint8_t, kArchiveHeaderBytes> bytes{};
    const auto got = fill(bytes);
    if (!got) return std::unexpected(got.error());
    const auto header = decode_archive_header(Bytes(bytes).first(*got));
    if (header && header->next_lsn > 0) return *header;
    if (!header && header.error() == journal::Errc::wrong_version) {
        return problem("the archive was written by another version");
    }
    return problem("it is not an archive of a store, or its beginning is damaged");
}

Answer<ItemType> ArchiveReader::next() {
    begin_ = offset_;
    std::array<std::uint8_t, kItemHeaderBytes> bytes{};
    const auto got = fill(bytes);
    if (!got) return std::unexpected(got.error());
    if (*got < bytes.size()) return problem("the archive ends too early, at byte {}", offset_);
    const auto header = decode_item_header(bytes);
    if (!header) return wrong("there is no item of any kind");
    body_.clear();
    while (body_.size() < header->bytes) {
        const std::size_t old = body_.size();
        body_.resize(old + std::min<std::size_t>(header->bytes - old, kStepBytes));
        const auto more = fill(std::span(body_).subspan(old));
        if (!more) return std::unexpected(more.error());
        if (*more < body_.size() - old) {
            return problem("the archive ends too early, at byte {}", offset_);
        }
    }
    if (crc32c(body_, begin_item_crc(items_, *header)) != header->crc) {
        return wrong("a checksum is not right");
    }
    return header->type;
}

Answer<void> ArchiveReader::take(ItemType type, Target& target) {
    switch (type) {
        case ItemType::record:
            return take_record(target);
        case ItemType::body:
            return take_body(target);
        case ItemType::piece:
            return take_piece(target);
        case ItemType::message:
            return take_message(target);
        case ItemType::end:
            break;
    }
    return wrong("there is no item of any kind");
}

Answer<void> ArchiveReader::take_record(Target& target) {
    ByteReader in(body_);
    const auto type = static_cast<RecordType>(in.u8());
    const Bytes body = in.take(in.remaining());
    ByteReader content(body);
    std::optional<broker::QueueId> queue;
    if (type == RecordType::define) {
        const Definition definition = decode_definition(content);
        ByteReader options(as_bytes(definition.options));
        if (!definition.options.empty()) std::ignore = broker::decode_queue_options(options);
        if (!options.done()) content.fail();
        queue = definition.queue;
    } else if (type == RecordType::define_subscription) {
        queue = decode_subscription(content).queue;
    } else if (type == RecordType::put) {
        const Document document = decode_document(content);
        ByteReader value(as_bytes(document.value));
        const bool branch = document.key.kind == DocumentKind::branch;
        if (branch) std::ignore = decode_branch(value, this);
        if (branch && !value.done()) content.fail();
        ++copied_.documents;
    } else if (type == RecordType::producers) {
        std::ignore = decode_producers(content);
    } else {
        return wrong("a record of a kind that does not belong here");
    }
    if (!content.done()) return wrong("a record that makes no sense");
    if (queue && (queue->value == 0 || !queues_.insert(*queue).second)) {
        return wrong("a queue has a number that another one has");
    }
    copied_.queues = queues_.size();
    return target.record(type, body);
}

Answer<void> ArchiveReader::take_body(Target& target) {
    ByteReader in(body_);
    const std::uint64_t id = in.u64();
    const std::uint64_t size = in.u64();
    if (!in.done() || !bodies_.try_emplace(id, size).second) return wrong("a body makes no sense");
    pieces_left_bytes_ = size;
    ++copied_.bodies;
    return target.begin_body(id, size);
}

Answer<void> ArchiveReader::take_piece(Target& target) {
    const std::uint64_t expected =
        std::min<std::uint64_t>(pieces_left_bytes_, LargeBody::kPieceBytes);
    if (expected == 0 || body_.size() != expected)
        return wrong("a piece of a body is out of place");
    pieces_left_bytes_ -= expected;
    return target.piece(body_);
}

Answer<void> ArchiveReader::take_message(Target& target) {
    ByteReader in(body_);
    const std::uint64_t lsn = in.u64();
    const std::vector<Route> routes = decode_routes(in);
    if (in.failed() || routes.empty()) return wrong("a message makes no sense");
    if (lsn <= last_lsn_ || lsn >= next_lsn_) return wrong("a message is out of order");
    for (const Route& route : routes) {
        if (!queues_.contains(route.queue))
            return wrong("a message is on a queue that is not there");
    }
    const auto message = Message::decode(in.take(in.remaining()), this);
    if (!message) return wrong(message.error().message());
    last_lsn_ = lsn;
    ++copied_.messages;
    return target.message(lsn, routes, *message);
}

Answer<void> ArchiveReader::take_end() {
    ByteReader in(body_);
    const std::uint64_t items = in.u64();
    if (!in.done() || items != items_) return wrong("its end speaks of another number of items");
    std::array<std::uint8_t, 1> more{};
    const auto got = fill(more);
    if (!got) return std::unexpected(got.error());
    if (*got != 0) return problem("something follows the archive's end at byte {}", offset_ - 1);
    return {};
}

LargeBodyPtr ArchiveReader::find(std::uint64_t id, std::uint64_t size) const {
    const auto found = bodies_.find(id);
    return found == bodies_.end() || found->second != size ? nullptr : make_body(id, size);
}

}  // namespace tern::store::tools
