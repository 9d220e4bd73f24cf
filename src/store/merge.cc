#include "store/merge.h"

#include "journal/errc.h"

#include <algorithm>
#include <bit>

namespace tern::store {
namespace {

/// A message in a segment.
struct Waiting {
    std::uint64_t lsn = 0;
    broker::Place place;
    std::uint8_t priority = 0;
    std::int64_t expires_at_ms = 0;
    std::int64_t first_expiry_ms = 0;  ///< of those it was stored with
    std::uint64_t bytes = 0;           ///< about
    bool dated = false;                ///< when it expires is known
};

class Merge {
public:
    Merge(SegmentLookup& lookup, RecoveredQueue& queue) : lookup_(lookup), queue_(queue) {}

    Result<void> run() {
        std::span<const SegmentLookup::Ref> blocks = lookup_.blocks(queue_.definition.queue);
        while (!blocks.empty()) {
            // Blocks that reach into each other go together.
            std::size_t count = 1;
            std::uint64_t last = blocks.front().block->last_lsn;
            while (count < blocks.size() && blocks[count].block->first_lsn <= last) {
                last = std::max(last, blocks[count++].block->last_lsn);
            }
            const bool plain = count == 1 && is_plain(*blocks.front().block);
            auto done = plain ? add_plain(blocks.front()) : add_each(blocks.first(count));
            if (!done) return done;
            blocks = blocks.subspan(count);
        }
        return {};
    }

private:
    /// How many of the journal's messages come before `lsn`.
    std::size_t before(std::uint64_t lsn) const {
        const auto at = std::ranges::lower_bound(
            queue_.messages, lsn, {}, [](const RecoveredMessage& one) { return one.at.lsn; });
        return static_cast<std::size_t>(at - queue_.messages.begin());
    }

    /// Nothing of it has to be known one by one, but when it expires.
    bool is_plain(const Block& block) const {
        return block.is_dense() && std::has_single_bit(block.priorities) &&
               before(block.first_lsn) == before(block.last_lsn + 1);
    }

    Result<void> add_plain(const SegmentLookup::Ref& ref) {
        std::vector<IndexEntry> entries;
        if (ref.block->dated) {
            auto read = lookup_.read_index(ref);
            // What is damaged is found again, and left out, when it is wanted.
            if (!read && read.error() != journal::Errc::corrupt) return failure(read.error());
            if (read) entries = std::move(*read);
        }
        const auto priority = static_cast<std::uint8_t>(std::countr_zero(ref.block->priorities));
        const std::size_t at = before(ref.block->first_lsn);
        Waiting one{.lsn = 0,
                    .place = {},
                    .priority = priority,
                    .first_expiry_ms = ref.block->first_expiry_ms,
                    .bytes = ref.block->bytes / ref.block->count,
                    .dated = !entries.empty()};
        for (std::uint32_t slot = ref.block->first_slot; slot <= ref.block->last_slot; ++slot) {
            if (ref.segment->is_dead(slot)) continue;
            one.place = {ref.segment->number(), slot};
            if (one.dated) one.expires_at_ms = entries[slot - ref.block->first_slot].expires_at_ms;
            add(one, at);
        }
        return {};
    }

    Result<void> add_each(std::span<const SegmentLookup::Ref> blocks) {
        std::vector<Waiting> all;
        for (const SegmentLookup::Ref& ref : blocks) {
            const auto entries = lookup_.index(ref);
            if (!entries) return failure(entries.error());
            for (const IndexEntry& entry : *entries) {
                if (ref.segment->is_dead(entry.slot)) continue;
                all.push_back({.lsn = entry.lsn,
                               .place = {ref.segment->number(), entry.slot},
                               .priority = entry.priority,
                               .expires_at_ms = entry.expires_at_ms,
                               .first_expiry_ms = ref.block->first_expiry_ms,
                               .bytes = entry.bytes,
                               .dated = ref.block->dated});
            }
        }
        std::ranges::sort(all, {}, &Waiting::lsn);
        for (const Waiting& one : all) {
            const std::size_t at = before(one.lsn);
            const bool in_memory =
                at < queue_.messages.size() && queue_.messages[at].at.lsn == one.lsn;
            if (!in_memory) add(one, at);
        }
        return {};
    }

    void add(const Waiting& one, std::size_t at) {
        if (!queue_.runs.empty() && queue_.runs.back().before == at) {
            broker::PagedRun& last = queue_.runs.back().run;
            const broker::Place next{last.first.segment, last.first.slot + last.count};
            const bool alike =
                one.dated ? !last.deadlines.empty()
                          : last.deadlines.empty() && last.first_expiry_ms == one.first_expiry_ms;
            if (next == one.place && last.priority == one.priority && alike) {
                ++last.count;
                last.bytes += one.bytes;
                if (one.dated) last.deadlines.push_back(one.expires_at_ms);
                return;
            }
        }
        queue_.runs.push_back({{.first = one.place,
                                .count = 1,
                                .priority = one.priority,
                                .first_expiry_ms = one.first_expiry_ms,
                                .bytes = one.bytes},
                               at});
        if (one.dated) queue_.runs.back().run.deadlines.push_back(one.expires_at_ms);
    }

    SegmentLookup& lookup_;
    RecoveredQueue& queue_;
};

Result<void> add_accepted(SegmentLookup& lookup, RecoveredQueue& queue,
                          std::span<const std::uint64_t> lsns) {
    for (const std::uint64_t lsn : lsns) {
        const auto place = lookup.find(queue.definition.queue, lsn);
        if (!place) return failure(place.error());
        const auto at = std::ranges::lower_bound(
            queue.messages, lsn, {}, [](const RecoveredMessage& one) { return one.at.lsn; });
        const bool known = at != queue.messages.end() && at->at.lsn == lsn;
        if (!*place || known) continue;
        // Whoever accepted it has seen it.
        queue.messages.insert(
            at, {.message = nullptr, .at = {lsn}, .announced = true, .place = **place});
    }
    return {};
}

}  // namespace

Result<void> add_waiting(SegmentLookup& lookup, RecoveredQueue& queue,
                         std::span<const std::uint64_t> accepted,
                         const std::function<void(broker::StoredAt in_journal)>& moved) {
    const broker::QueueId id = queue.definition.queue;
    for (RecoveredMessage& one : queue.messages) {
        if (!lookup.may_have(id, one.at.lsn)) continue;
        const auto place = lookup.find(id, one.at.lsn);
        if (!place) return failure(place.error());
        if (!*place) continue;
        moved(one.at);
        one.place = **place;
    }
    if (auto added = add_accepted(lookup, queue, accepted); !added) return added;
    queue.marked = std::max(queue.marked, lookup.marked(id));
    // The journal may have lost a mark with a damaged end that the segments still have.
    for (RecoveredMessage& one : queue.messages) {
        one.announced = one.announced || one.at.lsn <= queue.marked;
    }
    return Merge(lookup, queue).run();
}

}  // namespace tern::store
