// The part of Entries that lets messages leave memory and come back.
#include "broker/queue/entries.h"
#include "broker/queue/entries_chunk.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace tern::broker {

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
