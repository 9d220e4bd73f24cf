#include "store/segment_lookup.h"

#include <algorithm>
#include <tuple>

namespace tern::store {

SegmentLookup::SegmentLookup(SegmentSet& set) : set_(set) {
    for (const auto& [number, segment] : set.segments()) {
        for (const Block& block : segment->blocks()) {
            if (block.live > 0) queues_[block.queue].blocks.push_back({segment.get(), &block});
        }
        for (const auto& [queue, lsn] : segment->marks()) {
            std::uint64_t& marked = marks_[queue];
            marked = std::max(marked, lsn);
        }
    }
    for (auto& [queue, of] : queues_) {
        std::ranges::sort(of.blocks, {}, [](const Ref& ref) {
            return std::pair(ref.block->first_lsn, ref.block->last_lsn);
        });
        std::uint64_t last = 0;
        for (const Ref& ref : of.blocks) {
            last = std::max(last, ref.block->last_lsn);
            of.last_lsns.push_back(last);
        }
    }
}

std::span<const SegmentLookup::Ref> SegmentLookup::blocks(broker::QueueId queue) const {
    const auto found = queues_.find(queue);
    return found == queues_.end() ? std::span<const Ref>() : std::span(found->second.blocks);
}

std::vector<broker::QueueId> SegmentLookup::queues() const {
    std::vector<broker::QueueId> all;
    all.reserve(queues_.size());
    for (const auto& [queue, of] : queues_) all.push_back(queue);
    return all;
}

bool SegmentLookup::may_have(broker::QueueId queue, std::uint64_t lsn) const {
    const auto found = queues_.find(queue);
    if (found == queues_.end()) return false;
    const OfQueue& of = found->second;
    // The first block that may reach so far, and then those that begin in time.
    auto i = static_cast<std::size_t>(std::ranges::lower_bound(of.last_lsns, lsn) -
                                      of.last_lsns.begin());
    for (; i < of.blocks.size() && of.blocks[i].block->first_lsn <= lsn; ++i) {
        if (of.blocks[i].block->last_lsn >= lsn) return true;
    }
    return false;
}

Result<std::optional<broker::Place>> SegmentLookup::find(broker::QueueId queue, std::uint64_t lsn) {
    const auto found = queues_.find(queue);
    if (found == queues_.end()) return std::nullopt;
    const OfQueue& of = found->second;
    auto i = static_cast<std::size_t>(std::ranges::lower_bound(of.last_lsns, lsn) -
                                      of.last_lsns.begin());
    for (; i < of.blocks.size() && of.blocks[i].block->first_lsn <= lsn; ++i) {
        const Ref& ref = of.blocks[i];
        if (ref.block->last_lsn < lsn) continue;
        const auto entries = index(ref);
        if (!entries) return failure(entries.error());
        const auto entry = std::ranges::lower_bound(*entries, lsn, {}, &IndexEntry::lsn);
        if (entry == entries->end() || entry->lsn != lsn) continue;
        if (!ref.segment->is_dead(entry->slot)) {
            return broker::Place{ref.segment->number(), entry->slot};
        }
    }
    return std::nullopt;
}

Result<std::vector<broker::Place>> SegmentLookup::doubles() {
    std::vector<broker::Place> doubles;
    for (const auto& [queue, of] : queues_) {
        // Only blocks that reach into each other can have the same message.
        const std::span all(of.blocks);
        for (std::size_t first = 0, end = 0; first < all.size(); first = end) {
            for (end = first + 1; end < all.size(); ++end) {
                if (all[end].block->first_lsn > of.last_lsns[end - 1]) break;
            }
            if (end - first == 1) continue;
            if (auto done = add_doubles(all.subspan(first, end - first), doubles); !done) {
                return failure(done.error());
            }
        }
    }
    return doubles;
}

Result<void> SegmentLookup::add_doubles(std::span<const Ref> blocks,
                                        std::vector<broker::Place>& doubles) {
    std::vector<std::pair<std::uint64_t, broker::Place>> all;
    for (const Ref& ref : blocks) {
        const auto entries = index(ref);
        if (!entries) return failure(entries.error());
        for (const IndexEntry& entry : *entries) {
            if (ref.segment->is_dead(entry.slot)) continue;
            all.emplace_back(entry.lsn, broker::Place{ref.segment->number(), entry.slot});
        }
    }
    std::ranges::sort(all, {}, [](const auto& one) {
        return std::tuple(one.first, one.second.segment, one.second.slot);
    });
    for (std::size_t i = 1; i < all.size(); ++i) {
        if (all[i].first == all[i - 1].first) doubles.push_back(all[i].second);
    }
    return {};
}

Result<std::span<const IndexEntry>> SegmentLookup::index(const Ref& ref) {
    const auto known = indexes_.find(ref.block);
    if (known != indexes_.end()) return std::span<const IndexEntry>(known->second);
    auto entries = set_.index(*ref.segment, *ref.block);
    if (!entries) return failure(entries.error());
    std::ranges::stable_sort(*entries, {}, &IndexEntry::lsn);
    return std::span<const IndexEntry>(indexes_[ref.block] = std::move(*entries));
}

std::uint64_t SegmentLookup::marked(broker::QueueId queue) const {
    const auto found = marks_.find(queue);
    return found == marks_.end() ? 0 : found->second;
}

}  // namespace tern::store
