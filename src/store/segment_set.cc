#include "store/segment_set.h"

#include "base/log.h"
#include "bytes/crc32c.h"
#include "journal/errc.h"

#include <algorithm>
#include <bit>

namespace tern::store {

using broker::PagedIn;
using broker::PageIn;
using broker::PageOut;
using broker::Place;
using broker::QueueId;

namespace {

std::uint8_t flags_of(const PageOut& message) {
    const int announced = message.announced ? IndexEntry::kAnnounced : 0;
    const int large = message.message->large() != nullptr ? IndexEntry::kLarge : 0;
    return static_cast<std::uint8_t>(announced | large);
}

}  // namespace

std::uint64_t SegmentSet::bytes() const {
    std::uint64_t sum = 0;
    for (const auto& [number, segment] : segments_) sum += segment->bytes;
    return sum;
}

std::uint64_t SegmentSet::live_bytes() const {
    std::uint64_t sum = 0;
    for (const auto& [number, segment] : segments_) sum += segment->live_bytes();
    return sum;
}

std::uint64_t SegmentSet::temporary_bytes() const {
    std::uint64_t sum = 0;
    for (const auto& [number, segment] : segments_) {
        if (segment->header().temporary) sum += segment->bytes;
    }
    return sum;
}

// ---- writing

Result<SegmentSet::Stream*> SegmentSet::stream(StreamKey key) {
    const auto found = streams_.find(key);
    if (found != streams_.end()) {
        if (found->second.segment->bytes < options_.bytes) return &found->second;
        if (auto done = sync(); !done) return failure(done.error());
        // The next state says that all of it is synced: a start need not doubt it.
        found->second.segment->changed = true;
        seal(found->second.segment->number());
    }
    if (streams_.size() >= kOpenMax) {
        if (auto done = sync(); !done) return failure(done.error());
        seal(streams_.begin()->second.segment->number());
    }
    if (!folder_made_) {
        if (auto done = disk_.make_folder(kSegmentFolder); !done) return failure(done.error());
        if (auto done = disk_.sync_folder(""); !done) return failure(done.error());
        folder_made_ = true;
    }
    const SegmentHeader header{
        .journal = journal_, .segment = last_ + 1, .queue = key.first, .temporary = key.second};
    auto file = disk_.open(segment_path(header.segment), Disk::Open::create);
    if (!file) return failure(file.error());
    folder_changed_ = true;
    const auto encoded = encode(header);
    if (auto done = (*file)->write_at(0, std::array{Bytes(encoded)}); !done) {
        return failure(done.error());
    }
    ++last_;
    if (key == StreamKey{kCommon, false}) shared_.clear();
    auto segment = std::make_unique<Segment>(header);
    segment->bytes = kSegmentHeaderBytes;
    Stream& made = streams_[key];
    made = {.segment = segment.get(), .file = std::move(*file), .synced = 0};
    segments_[header.segment] = std::move(segment);
    return &made;
}

/// Nothing is appended to the segment any more.
void SegmentSet::seal(std::uint32_t segment) {
    std::erase_if(streams_,
                  [&](const auto& entry) { return entry.second.segment->number() == segment; });
}

Result<std::vector<Place>> SegmentSet::put(QueueId queue, std::span<const PageOut> messages) {
    std::vector<std::size_t> own;
    std::vector<std::size_t> common;
    std::vector<std::size_t> temporary;
    std::uint64_t own_bytes = 0;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const PageOut& one = messages[i];
        (!one.at ? temporary : one.shared ? common : own).push_back(i);
        if (one.at && !one.shared) own_bytes += one.message->memory_bytes();
    }
    if (own_bytes < kOwnBytesMin) {
        common.insert(common.end(), own.begin(), own.end());
        own.clear();
        std::ranges::sort(common);
    }
    std::vector<Place> places(messages.size());
    for (const auto& [key, which] :
         {std::pair{StreamKey{queue, false}, &own}, std::pair{StreamKey{kCommon, false}, &common},
          std::pair{StreamKey{queue, true}, &temporary}}) {
        if (which->empty()) continue;
        const auto written = write(key, queue, messages, *which, places);
        if (written) continue;
        // What was written already belongs to nobody.
        std::erase(places, Place{});
        settle(places);
        return failure(written.error());
    }
    return places;
}

Result<void> SegmentSet::write(StreamKey key, QueueId queue, std::span<const PageOut> messages,
                               std::span<const std::size_t> which, std::vector<Place>& places) {
    while (!which.empty()) {
        const auto to = stream(key);
        if (!to) return failure(to.error());
        Segment& segment = *(*to)->segment;
        builder_.begin(segment.bytes, queue);
        std::uint32_t slot = segment.slots();
        std::size_t count = 0;
        for (; count < which.size() && !builder_.is_full(); ++count) {
            add_message(**to, messages[which[count]], slot++);
        }
        const auto parts = builder_.finish((*to)->synced);
        if (auto done = (*to)->file->write_at(segment.bytes, parts); !done) return done;
        segment.add(builder_.block());
        segment.bytes += builder_.block().bytes;
        for (std::size_t i = 0; i < count; ++i) {
            const IndexEntry& entry = builder_.entry(i);
            places[which[i]] = {segment.number(), entry.slot};
            if (const LargeBodyPtr& body = messages[which[i]].message->large(); body != nullptr) {
                bodies_[segment.number()][entry.slot] = body;
            }
            if (!messages[which[i]].shared || key.second) continue;
            if (shared_.size() >= kSharedMax) shared_.clear();
            shared_.try_emplace(entry.lsn, entry);
        }
        which = which.subspan(count);
        if (between_) between_();
    }
    return {};
}

void SegmentSet::add_message(Stream& stream, const PageOut& message, std::uint32_t slot) {
    IndexEntry entry{.lsn = message.at.lsn,
                     .slot = slot,
                     .flags = flags_of(message),
                     .priority = message.message->header().priority,
                     .expires_at_ms = message.message->header().expires_at_ms};
    const auto known = shared_.find(entry.lsn);
    const bool is_common = stream.segment->header().queue == kCommon;
    if (message.shared && message.at && is_common && known != shared_.end()) {
        entry.offset = known->second.offset;
        entry.bytes = known->second.bytes;
        entry.crc = known->second.crc;
        return builder_.refer(entry);
    }
    auto [head, body] = message.message->stored();
    builder_.add(entry, std::move(head), std::move(body));
}

Result<void> SegmentSet::sync() {
    for (auto& [key, stream] : streams_) {
        if (key.second || stream.synced == stream.segment->bytes) continue;
        if (auto done = stream.file->sync(); !done) return done;
        stream.synced = stream.segment->bytes;
    }
    if (!folder_changed_) return {};
    if (auto done = disk_.sync_folder(kSegmentFolder); !done) return done;
    folder_changed_ = false;
    return {};
}

// ---- what becomes of messages

void SegmentSet::settle(std::span<const Place> places) {
    for (const Place& place : places) {
        const auto found = segments_.find(place.segment);
        if (found == segments_.end() || !found->second->settle(place.slot)) continue;
        Segment& segment = *found->second;
        if (const auto held = bodies_.find(place.segment); held != bodies_.end()) {
            held->second.erase(place.slot);
        }
        if (shrinking_ && shrinking_->segment == place.segment &&
            place.slot < shrinking_->copied_up_to) {
            shrinking_->gone_since.push_back(place.slot);
        }
        // Looking takes its time: some 64 times in the life of a segment, be it of few messages or
        // of many; and when half of those are gone that were left before, down to the last ones.
        const std::uint32_t step = std::max(1U, segment.slots() / 64);
        const bool looks = segment.live() % step == 0 || std::has_single_bit(segment.live());
        if (segment.live() == 0) {
            drop(place.segment);
        } else if (looks && is_sparse(segment)) {
            sparse_.insert(place.segment);
        }
    }
}

void SegmentSet::mark(QueueId queue, std::uint64_t lsn) {
    for (const auto& [number, segment] : segments_) {
        if (!segment->header().temporary) segment->mark(queue, lsn);
    }
}

void SegmentSet::remove(QueueId queue) {
    std::vector<std::uint32_t> empty;
    for (const auto& [number, segment] : segments_) {
        if (!segment->has(queue)) continue;
        if (shrinking_ && shrinking_->segment == number) give_up_shrinking();
        segment->settle_all(queue);
        if (const auto held = bodies_.find(number); held != bodies_.end()) {
            std::erase_if(held->second,
                          [&](const auto& one) { return segment->is_dead(one.first); });
        }
        if (segment->live() == 0) empty.push_back(number);
        if (is_sparse(*segment)) sparse_.insert(number);
    }
    for (const std::uint32_t number : empty) drop(number);
}

void SegmentSet::drop(std::uint32_t segment) {
    if (shrinking_ && shrinking_->segment == segment) give_up_shrinking();
    seal(segment);
    open_.erase(segment);
    sparse_.erase(segment);
    segments_.erase(segment);
    bodies_.erase(segment);
    if (!shared_.empty()) {
        const auto common = streams_.find({kCommon, false});
        if (common == streams_.end()) shared_.clear();
    }
    if (auto done = disk_.remove(segment_path(segment)); !done) {
        log::warning("store", "cannot remove {}: {}", segment_path(segment),
                     done.error().message());
    }
    folder_changed_ = true;
}

Result<void> SegmentSet::flush() {
    if (auto done = sync(); !done) return done;
    for (const auto& [number, segment] : segments_) {
        if (!segment->changed || segment->header().temporary) continue;
        const auto file = file_of(number);
        if (!file) return failure(file.error());
        if (auto done = write_state(**file, *segment, segment->bytes); !done) return done;
        if (auto done = (*file)->sync(); !done) return done;
        segment->changed = false;
        for (auto& [key, stream] : streams_) {
            if (stream.segment == segment.get()) stream.synced = segment->bytes;
        }
    }
    return {};
}

Result<void> SegmentSet::write_state(File& file, Segment& segment, std::uint64_t& end) {
    const Buffer body = encode(segment.state());
    const std::uint64_t used = kBlockHeaderBytes + body.size();
    const BlockHeader header{.type = BlockType::state,
                             .bytes = align_block(used),
                             .synced = end,
                             .body_bytes = static_cast<std::uint32_t>(body.size()),
                             .body_crc = crc32c(body.bytes())};
    std::array<std::uint8_t, kBlockHeaderBytes> encoded{};
    encode(header, encoded);
    static constexpr std::array<std::uint8_t, kBlockAlignment> kZeros{};
    const std::array parts{Bytes(encoded), body.bytes(), Bytes(kZeros).first(header.bytes - used)};
    if (auto done = file.write_at(end, parts); !done) return done;
    end += header.bytes;
    return {};
}

}  // namespace tern::store
