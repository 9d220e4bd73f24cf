#include "broker/queue/entries.h"

#include "base/assert.h"
#include "broker/queue/entries_chunk.h"

#include <algorithm>
#include <bit>

namespace tern::broker {
namespace {

/// So many dead chunks between others are carried along.
constexpr std::size_t kDeadMax = 32;

constexpr std::uint16_t level_bit(std::uint8_t priority) {
    return static_cast<std::uint16_t>(1U << (priority % 16));
}

/// The bits of the ordinals from `from` on in chunk `number`.
constexpr std::uint64_t from_on(std::uint64_t from, std::uint64_t number) {
    return number == from / 64 ? ~std::uint64_t{0} << (from % 64) : ~std::uint64_t{0};
}

/// The first of these ordinals of chunk `number`.
constexpr std::uint64_t first_of(std::uint64_t bits, std::uint64_t number) {
    return number * 64 + static_cast<unsigned>(std::countr_zero(bits));
}

}  // namespace

/// The index of the first chunk with this number or a higher one.
std::size_t Entries::locate(std::uint64_t number) const {
    if (chunks_.empty() || number <= chunks_.front().number) return 0;
    // There are gaps only where all of a chunk is gone.
    const std::size_t guess = number - chunks_.front().number;
    if (guess < chunks_.size() && chunks_[guess].number == number) return guess;
    const auto found = std::ranges::lower_bound(chunks_, number, {}, &Chunk::number);
    return static_cast<std::size_t>(found - chunks_.begin());
}

const Entries::Chunk* Entries::search_chunk(std::uint64_t number) const {
    const std::size_t index = locate(number);
    if (index == chunks_.size() || chunks_[index].number != number) return nullptr;
    recent_ = &chunks_[index];
    return recent_;
}

Entries::Chunk& Entries::chunk_of(std::uint64_t ordinal) {
    const Chunk* const chunk = find_chunk(ordinal / kChunk);
    TERN_ASSERT(chunk != nullptr);
    return const_cast<Chunk&>(*chunk);
}

Entry& Entries::at(std::uint64_t ordinal) {
    return chunk_of(ordinal).entries[ordinal % kChunk];
}

/// The chunk that takes the next ordinal.
Entries::Chunk& Entries::tail() {
    const std::uint64_t number = end_ / kChunk;
    if (!chunks_.empty() && chunks_.back().number == number) return chunks_.back();
    Chunk& chunk = chunks_.emplace_back();
    chunk.number = number;
    return chunk;
}

std::uint64_t Entries::begin() const {
    return chunks_.empty() ? end_ : chunks_.front().number * kChunk;
}

std::uint64_t Entries::append(Entry entry) {
    TERN_ASSERT(entry.state == Entry::State::ready);
    entry.priority = std::min(entry.priority, highest_);
    Chunk& chunk = tail();
    if (chunk.entries.empty()) {
        if (chunk.used != 0) {
            expand(chunk);
        } else {
            chunk.entries.swap(spare_);
            // A queue with little on it takes little; the next chunk is filled most likely.
            if (chunks_.size() > 1) chunk.entries.reserve(kChunk);
        }
    }
    if (chunk.bytes == 0) in_memory_.insert(in_memory_.end(), chunk.number);
    if (entry.message != nullptr) {
        const std::size_t bytes = entry.message->memory_bytes();
        chunk.bytes += bytes;
        bytes_ += bytes;
        padding_ += padding(bytes);
        ready_body_bytes_ += entry.message->body_bytes();
        chunk.dated |= bit(end_);
    } else {
        ++chunk.missing;
        ++missing_;
    }
    chunk.live |= bit(end_);
    chunk.ready |= bit(end_);
    ++chunk.used;
    count_ready(chunk, entry.priority, 1);
    chunk.entries.push_back(std::move(entry));
    ++size_;
    return end_++;
}

void Entries::append(const PagedRun& run) {
    bytes_on_disk_ += run.bytes;
    const std::uint8_t priority = std::min(run.priority, highest_);
    const bool dated = !run.deadlines.empty();
    std::uint32_t done = 0;
    while (done < run.count) {
        const Place place{run.first.segment, run.first.slot + done};
        Chunk& chunk = tail();
        if (chunk.used != 0) {
            append(Entry{.message = nullptr,
                         .at = {},
                         .place = place,
                         .priority = priority,
                         .announced = false,
                         .unread = true});
            if (dated) chunk.dated |= bit(end_ - 1);
            ++done;
            continue;
        }
        const std::uint32_t count = std::min<std::uint32_t>(run.count - done, kChunk);
        chunk.first = place;
        chunk.used = chunk.missing = static_cast<std::uint8_t>(count);
        chunk.live = chunk.ready = ~std::uint64_t{0} >> (kChunk - count);
        if (dated) chunk.dated = chunk.live;
        chunk.priority = priority;
        chunk.unread = true;
        end_ += count;
        count_ready(chunk, priority, count);
        size_ += count;
        missing_ += count;
        done += count;
    }
}

void Entries::end_recovery() {
    if (chunks_.empty() || end_ % kChunk == 0) return;
    chunks_.back().used = kChunk;
    end_ = (end_ / kChunk + 1) * kChunk;
}

/// Gives a chunk of which only the place is known its entries back, still without messages.
void Entries::expand(Chunk& chunk) {
    if (!chunk.entries.empty()) return;
    chunk.entries.reserve(kChunk);
    for (std::uint32_t i = 0; i < chunk.used; ++i) {
        const bool live = (chunk.live >> i & 1U) != 0;
        chunk.entries.push_back(Entry{.message = nullptr,
                                      .at = {},
                                      .place = {chunk.first.segment, chunk.first.slot + i},
                                      .priority = chunk.priority,
                                      .state = live ? Entry::State::ready : Entry::State::gone,
                                      .announced = false,
                                      .unread = chunk.unread});
    }
}

Entry* Entries::find(std::uint64_t ordinal) {
    if (live_chunk(ordinal) == nullptr) return nullptr;
    Chunk& chunk = chunk_of(ordinal);
    return chunk.entries.empty() ? nullptr : &chunk.entries[ordinal % kChunk];
}

const Entries::Chunk* Entries::live_chunk(std::uint64_t ordinal) const {
    const Chunk* const chunk = find_chunk(ordinal / kChunk);
    return chunk != nullptr && (chunk->live & bit(ordinal)) != 0 ? chunk : nullptr;
}

bool Entries::is_ready(std::uint64_t ordinal) const {
    const Chunk* const chunk = live_chunk(ordinal);
    return chunk != nullptr && (chunk->ready & bit(ordinal)) != 0;
}

bool Entries::is_missing(std::uint64_t ordinal) const {
    const Chunk* const chunk = live_chunk(ordinal);
    if (chunk == nullptr) return false;
    return chunk->entries.empty() || chunk->entries[ordinal % kChunk].message == nullptr;
}

bool Entries::is_coming(std::uint64_t ordinal) const {
    const Chunk* const chunk = live_chunk(ordinal);
    return chunk != nullptr && chunk->coming;
}

Place Entries::place(std::uint64_t ordinal) const {
    const Chunk* const chunk = live_chunk(ordinal);
    if (!chunk->entries.empty()) return chunk->entries[ordinal % kChunk].place;
    return {chunk->first.segment, chunk->first.slot + static_cast<std::uint32_t>(ordinal % kChunk)};
}

Entry& Entries::expanded(std::uint64_t ordinal) {
    Chunk& chunk = chunk_of(ordinal);
    expand(chunk);
    return chunk.entries[ordinal % kChunk];
}

std::uint16_t Entries::failures(std::uint64_t ordinal, bool seen) const {
    const Chunk* const chunk = live_chunk(ordinal);
    if (chunk == nullptr) return 0;
    if (chunk->entries.empty()) return static_cast<std::uint16_t>(chunk->unread && seen ? 1 : 0);
    const Entry& entry = chunk->entries[ordinal % kChunk];
    return entry.unread && seen ? std::uint16_t{1} : entry.failures;
}

std::uint64_t Entries::first_ready() {
    if (ready_ == 0) return end_;
    cursor_ = next_ready(cursor_);
    return cursor_;
}

std::uint64_t Entries::next_ready(std::uint64_t from) const {
    if (const Chunk* const chunk = find_chunk(from / kChunk)) {
        const std::uint64_t bits = chunk->ready & from_on(from, chunk->number);
        if (bits != 0) return first_of(bits, chunk->number);
    }
    for (std::size_t i = locate(from / kChunk); i < chunks_.size(); ++i) {
        const std::uint64_t bits = chunks_[i].ready & from_on(from, chunks_[i].number);
        if (bits != 0) return first_of(bits, chunks_[i].number);
    }
    return end_;
}

Entries::Level& Entries::level(std::uint8_t priority) {
    if (priority >= levels_.size()) levels_.resize(priority + std::size_t{1});
    return levels_[priority];
}

void Entries::count_ready(Chunk& chunk, std::uint8_t priority, std::size_t count) {
    ready_ += count;
    level(priority).ready += count;
    chunk.levels |= level_bit(priority);
}

std::uint64_t Entries::first_of_highest_priority() {
    for (std::size_t priority = levels_.size(); priority-- > 0;) {
        Level& level = levels_[priority];
        if (level.ready == 0) continue;
        level.cursor = next_ready_of(static_cast<std::uint8_t>(priority), level.cursor);
        return level.cursor;
    }
    return end_;
}

std::uint64_t Entries::next_ready_of(std::uint8_t priority, std::uint64_t from) const {
    for (std::size_t i = locate(from / kChunk); i < chunks_.size(); ++i) {
        const Chunk& chunk = chunks_[i];
        if ((chunk.levels & level_bit(priority)) == 0) continue;
        std::uint64_t bits = chunk.ready & from_on(from, chunk.number);
        for (; bits != 0; bits &= bits - 1) {
            const auto at = static_cast<unsigned>(std::countr_zero(bits));
            const bool compact = chunk.entries.empty();
            const std::uint8_t its = compact ? chunk.priority : chunk.entries[at].priority;
            if (its == priority) return chunk.number * kChunk + at;
        }
    }
    return end_;
}

std::uint64_t Entries::next_live(std::uint64_t from) const {
    for (std::size_t i = locate(from / kChunk); i < chunks_.size(); ++i) {
        const std::uint64_t bits = chunks_[i].live & from_on(from, chunks_[i].number);
        if (bits != 0) return first_of(bits, chunks_[i].number);
    }
    return end_;
}

void Entries::set_delivered(std::uint64_t ordinal, std::uint32_t consumer) {
    Chunk& chunk = chunk_of(ordinal);
    Entry& entry = chunk.entries[ordinal % kChunk];
    TERN_ASSERT(entry.state == Entry::State::ready);
    entry.state = Entry::State::delivered;
    entry.consumer = consumer;
    chunk.ready &= ~bit(ordinal);
    --ready_;
    --level(entry.priority).ready;
    if (entry.message != nullptr) ready_body_bytes_ -= entry.message->body_bytes();
}

void Entries::set_ready(std::uint64_t ordinal) {
    Chunk& chunk = chunk_of(ordinal);
    Entry& entry = chunk.entries[ordinal % kChunk];
    TERN_ASSERT(entry.state == Entry::State::delivered || entry.state == Entry::State::staged);
    entry.state = Entry::State::ready;
    chunk.ready |= bit(ordinal);
    cursor_ = std::min(cursor_, ordinal);
    std::uint64_t& cursor = level(entry.priority).cursor;
    cursor = std::min(cursor, ordinal);
    count_ready(chunk, entry.priority, 1);
    if (entry.message != nullptr) ready_body_bytes_ += entry.message->body_bytes();
}

void Entries::set_gone(std::uint64_t ordinal) {
    Chunk& chunk = chunk_of(ordinal);
    Entry& entry = chunk.entries[ordinal % kChunk];
    TERN_ASSERT(entry.state != Entry::State::gone);
    if (entry.state == Entry::State::ready) {
        --ready_;
        --level(entry.priority).ready;
        if (entry.message != nullptr) ready_body_bytes_ -= entry.message->body_bytes();
    }
    --size_;
    chunk.ready &= ~bit(ordinal);
    chunk.live &= ~bit(ordinal);
    entry.state = Entry::State::gone;
    if (entry.message != nullptr) {
        const std::size_t bytes = entry.message->memory_bytes();
        chunk.bytes -= bytes;
        bytes_ -= bytes;
        padding_ -= padding(bytes);
        entry.message.reset();
    } else {
        leave_disk(bytes_on_disk_ / missing_);
        --chunk.missing;
        --missing_;
    }
    if (chunk.live == 0 && chunk.used == kChunk) drop_dead(locate(chunk.number));
}

/// All of the chunk is gone, and nothing more will come.
void Entries::drop_dead(std::size_t index) {
    recent_ = nullptr;
    Chunk& chunk = chunks_[index];
    in_memory_.erase(chunk.number);
    chunk.entries.clear();
    if (chunk.entries.capacity() > spare_.capacity()) spare_.swap(chunk.entries);
    free_memory(chunk.entries);
    ++dead_;
    while (!chunks_.empty() && chunks_.front().live == 0 && chunks_.front().used == kChunk) {
        chunks_.pop_front();
        --dead_;
    }
    if (dead_ <= kDeadMax || dead_ < chunks_.size() / 2) return;
    std::erase_if(chunks_, [](const Chunk& one) { return one.live == 0 && one.used == kChunk; });
    dead_ = 0;
}

}  // namespace tern::broker
