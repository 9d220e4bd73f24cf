#include "broker/queue/entries.h"

#include "base/assert.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace tern::broker {
namespace {

/// So many dead chunks between others are carried along.
constexpr std::size_t kDeadMax = 32;

constexpr std::uint16_t level_bit(std::uint8_t priority) {
    return static_cast<std::uint16_t>(1U << (priority % 16));
}

constexpr std::uint64_t bit(std::uint64_t ordinal) {
    return std::uint64_t{1} << (ordinal % 64);
}

/// The bits of the ordinals from `from` on in chunk `number`.
constexpr std::uint64_t from_on(std::uint64_t from, std::uint64_t number) {
    return number == from / 64 ? ~std::uint64_t{0} << (from % 64) : ~std::uint64_t{0};
}

/// The first of these ordinals of chunk `number`.
constexpr std::uint64_t first_of(std::uint64_t bits, std::uint64_t number) {
    return number * 64 + static_cast<unsigned>(std::countr_zero(bits));
}

/// Neither `clear` nor an assignment of `{}` does.
void free_memory(std::vector<Entry>& entries) {
    std::vector<Entry>().swap(entries);
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

// ---- leaving memory and coming back

bool Entries::may_leave(const Chunk& chunk) const {
    return chunk.used == kChunk && chunk.live == chunk.ready && !chunk.coming &&
           std::ranges::none_of(chunk.entries, [](const Entry& entry) { return entry.leaving; });
}

std::vector<PageOut> Entries::page_out(std::size_t bytes) {
    std::vector<PageOut> leaving;
    std::vector<std::uint64_t> shedding;
    std::size_t left = bytes_;
    const std::uint64_t head = first_ready() / kChunk;
    for (auto number = in_memory_.rbegin(); number != in_memory_.rend() && left > bytes; ++number) {
        if (*number <= head) break;
        Chunk& chunk = chunks_[locate(*number)];
        if (!may_leave(chunk)) continue;
        left -= chunk.bytes;
        const std::size_t before = leaving.size();
        for (std::uint64_t i = 0; i < chunk.entries.size(); ++i) {
            Entry& entry = chunk.entries[i];
            if (entry.message == nullptr || entry.place) continue;
            leaving.push_back(leave(chunk.number * kChunk + i, entry));
        }
        if (leaving.size() == before) shedding.push_back(chunk.number);
    }
    for (const std::uint64_t number : shedding) shed(chunks_[locate(number)]);
    if (left > bytes) page_out_singly(left - bytes, leaving);
    std::ranges::sort(leaving, {}, &PageOut::ordinal);
    return leaving;
}

/// Few messages may be too much already: then they leave chunks that others keep.
void Entries::page_out_singly(std::size_t bytes, std::vector<PageOut>& leaving) {
    const std::uint64_t head = first_ready();
    std::vector<std::uint64_t> numbers(in_memory_.rbegin(), in_memory_.rend());
    std::size_t gone = 0;
    for (const std::uint64_t number : numbers) {
        if (gone >= bytes) break;
        Chunk& chunk = chunks_[locate(number)];
        if (chunk.coming || (number > head / kChunk && may_leave(chunk))) continue;
        for (std::size_t i = chunk.entries.size(); i-- > 0 && gone < bytes;) {
            Entry& entry = chunk.entries[i];
            const std::uint64_t ordinal = number * kChunk + i;
            const bool stays = entry.state != Entry::State::ready || ordinal == head;
            if (stays || entry.message == nullptr || entry.leaving) continue;
            gone += entry.message->memory_bytes();
            if (entry.place) {
                shed(chunk, entry);
            } else {
                leaving.push_back(leave(ordinal, entry));
            }
        }
    }
}

PageOut Entries::leave(std::uint64_t ordinal, Entry& entry) {
    entry.leaving = true;
    return {.ordinal = ordinal,
            .at = entry.at,
            .message = entry.message,
            .announced = entry.announced,
            .shared = entry.shared};
}

/// One message, which has a place, leaves memory.
void Entries::shed(Chunk& chunk, Entry& entry) {
    const std::size_t bytes = entry.message->memory_bytes();
    ready_body_bytes_ -= entry.message->body_bytes();
    entry.message.reset();
    ++chunk.missing;
    ++missing_;
    chunk.bytes -= bytes;
    bytes_ -= bytes;
    padding_ -= padding(bytes);
    bytes_on_disk_ += bytes;
    if (chunk.bytes == 0) in_memory_.erase(chunk.number);
}

std::vector<PageOut> Entries::in_journal_before(std::uint64_t lsn) {
    std::vector<PageOut> found;
    // What has no place is in memory.
    for (const std::uint64_t number : in_memory_) {
        Chunk& chunk = chunks_[locate(number)];
        for (std::size_t i = 0; i < chunk.entries.size(); ++i) {
            Entry& entry = chunk.entries[i];
            if (entry.state == Entry::State::gone || !entry.in_journal()) continue;
            // They lie in the journal in the order of the queue.
            if (entry.at.lsn >= lsn) return found;
            if (entry.leaving) continue;
            entry.leaving = true;
            found.push_back({.ordinal = number * kChunk + i,
                             .at = entry.at,
                             .message = entry.message,
                             .announced = entry.announced || entry.state != Entry::State::ready,
                             .shared = entry.shared});
        }
    }
    return found;
}

void Entries::left(std::span<const PageOut> messages) {
    for (const PageOut& one : messages) {
        if (Entry* entry = find(one.ordinal)) entry->leaving = false;
    }
}

/// The messages of the chunk, which all have places, leave memory.
void Entries::shed(Chunk& chunk) {
    for (Entry& entry : chunk.entries) {
        if (entry.message == nullptr) continue;
        ready_body_bytes_ -= entry.message->body_bytes();
        padding_ -= padding(entry.message->memory_bytes());
        entry.message.reset();
        ++chunk.missing;
        ++missing_;
    }
    bytes_ -= chunk.bytes;
    bytes_on_disk_ += chunk.bytes;
    chunk.bytes = 0;
    in_memory_.erase(chunk.number);
    if (!is_compact(chunk)) return;
    const auto first = static_cast<std::size_t>(std::countr_zero(chunk.live));
    const Place place = chunk.entries[first].place;
    chunk.first = {place.segment, place.slot - static_cast<std::uint32_t>(first)};
    chunk.priority = chunk.entries[first].priority;
    chunk.unread = chunk.entries[first].unread;
    free_memory(chunk.entries);
}

/// Whether the first place says it all.
bool Entries::is_compact(const Chunk& chunk) {
    const auto gone = static_cast<std::uint32_t>(std::countr_zero(chunk.live));
    const Entry& first = chunk.entries[gone];
    if (first.place.slot < gone) return false;
    Place expected{first.place.segment, first.place.slot - gone};
    for (const Entry& entry : chunk.entries) {
        const bool same = entry.place == expected && entry.priority == first.priority &&
                          entry.unread == first.unread && entry.failures == 0;
        if (entry.state != Entry::State::gone && !same) return false;
        ++expected.slot;
    }
    return true;
}

std::vector<PageIn> Entries::page_in(std::uint64_t from, std::size_t count) {
    std::vector<PageIn> coming;
    for (std::size_t i = locate(from / kChunk); i < chunks_.size(); ++i) {
        Chunk& chunk = chunks_[i];
        if (chunk.number * kChunk >= from + count) break;
        if (chunk.missing == 0 || chunk.coming) continue;
        if (coming.size() + chunk.missing > count && !coming.empty()) break;
        chunk.coming = true;
        for (std::uint32_t at = 0; at < chunk.used; ++at) {
            if ((chunk.live >> at & 1U) == 0) continue;
            const bool compact = chunk.entries.empty();
            if (!compact && chunk.entries[at].message != nullptr) continue;
            coming.push_back({.ordinal = chunk.number * kChunk + at,
                              .place = compact ? Place{chunk.first.segment, chunk.first.slot + at}
                                               : chunk.entries[at].place});
        }
    }
    return coming;
}

std::vector<PageIn> Entries::page_in(std::span<const std::uint64_t> ordinals) {
    std::set<std::uint64_t> wanted;
    for (const std::uint64_t ordinal : ordinals) {
        if (is_dated(ordinal)) wanted.insert(ordinal);
        if (!has_undated_near(ordinal)) continue;
        const std::uint64_t first = ordinal / kChunk * kChunk;
        for (std::uint64_t near = first; near < first + kChunk; ++near) {
            if (!is_dated(near)) wanted.insert(near);
        }
    }
    std::erase_if(wanted, [this](std::uint64_t one) { return !is_missing(one) || is_coming(one); });
    std::vector<PageIn> coming;
    const auto ask_for = [&](std::uint64_t ordinal) {
        chunk_of(ordinal).coming = true;
        coming.push_back({.ordinal = ordinal, .place = place(ordinal)});
    };
    // Not all of it may come. The first one does: nothing goes on without it.
    const auto first = ordinals.empty() ? wanted.end() : wanted.find(ordinals.front());
    if (first != wanted.end()) {
        ask_for(*first);
        wanted.erase(first);
    }
    for (const std::uint64_t ordinal : wanted) ask_for(ordinal);
    return coming;
}

bool Entries::is_dated(std::uint64_t ordinal) const {
    const Chunk* const chunk = live_chunk(ordinal);
    return chunk != nullptr && (chunk->dated & bit(ordinal)) != 0;
}

bool Entries::has_undated_near(std::uint64_t ordinal) const {
    const Chunk* const chunk = find_chunk(ordinal / kChunk);
    return chunk != nullptr && (chunk->live & ~chunk->dated) != 0;
}

void Entries::set_message(const PagedIn& message, bool seen) {
    if (live_chunk(message.ordinal) == nullptr) return;
    Chunk& chunk = chunk_of(message.ordinal);
    expand(chunk);
    Entry& entry = chunk.entries[message.ordinal % kChunk];
    if (entry.message != nullptr) return;
    entry.message = message.message;
    if (entry.state == Entry::State::ready) ready_body_bytes_ += entry.message->body_bytes();
    entry.at = {message.lsn};
    set_priority(chunk, message.ordinal, entry);
    entry.announced = entry.announced || message.announced;
    if (entry.unread && seen) entry.failures = 1;
    entry.unread = false;
    chunk.dated |= bit(message.ordinal);
    if (chunk.bytes == 0) in_memory_.insert(chunk.number);
    const std::size_t bytes = entry.message->memory_bytes();
    chunk.bytes += bytes;
    bytes_ += bytes;
    padding_ += padding(bytes);
    leave_disk(bytes);
    --chunk.missing;
    --missing_;
}

void Entries::replace(std::uint64_t ordinal, MessagePtr message) {
    Chunk& chunk = chunk_of(ordinal);
    Entry& entry = chunk.entries[ordinal % kChunk];
    const std::size_t before = entry.message->memory_bytes();
    const std::size_t after = message->memory_bytes();
    if (entry.state == Entry::State::ready) {
        ready_body_bytes_ += message->body_bytes() - entry.message->body_bytes();
    }
    entry.message = std::move(message);
    chunk.bytes += after - before;  // wraps, and wraps back, when it becomes smaller
    bytes_ += after - before;
    padding_ += padding(after) - padding(before);
}

void Entries::count_at_least(std::size_t bytes) {
    if (bytes == message_bytes_min_) return;
    message_bytes_min_ = bytes;
    padding_ = 0;
    for (const std::uint64_t number : in_memory_) {
        for (const Entry& entry : chunks_[locate(number)].entries) {
            if (entry.message != nullptr) padding_ += padding(entry.message->memory_bytes());
        }
    }
}

/// Of what an earlier run left it is not always known before it comes.
void Entries::set_priority(Chunk& chunk, std::uint64_t ordinal, Entry& entry) {
    const std::uint8_t priority = std::min(entry.message->header().priority, highest_);
    if (entry.priority == priority) return;
    if (entry.state == Entry::State::ready) {
        --ready_;
        --level(entry.priority).ready;
        std::uint64_t& cursor = level(priority).cursor;
        cursor = std::min(cursor, ordinal);
        count_ready(chunk, priority, 1);
    }
    entry.priority = priority;
}

/// Of what an earlier run left it is known roughly how large it is.
void Entries::leave_disk(std::size_t bytes) {
    bytes_on_disk_ -= std::min(bytes, bytes_on_disk_);
}

void Entries::give_up(std::uint64_t ordinal) {
    if (!is_missing(ordinal)) return;
    std::ignore = expanded(ordinal);
    set_gone(ordinal);
}

void Entries::arrived(std::span<const PageIn> asked) {
    for (const PageIn& one : asked) {
        const std::size_t index = locate(one.ordinal / kChunk);
        if (index < chunks_.size() && chunks_[index].number == one.ordinal / kChunk) {
            chunks_[index].coming = false;
        }
    }
}

}  // namespace tern::broker
