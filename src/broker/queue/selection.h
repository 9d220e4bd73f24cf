#pragma once

#include "broker/filter/filter.h"
#include "broker/queue/entries.h"

#include <list>
#include <memory>
#include <set>
#include <vector>

namespace tern::broker {

/// The messages of a queue that one selector matches, found as they are asked for. Each message is
/// looked at once, when the selection gets there, and again only when it was delivered and comes
/// back: who waits for rare messages costs the others nothing, and the next consumer with the same
/// selector finds the place of the last one.
class Selection {
public:
    explicit Selection(FilterPtr filter) : filter_(std::move(filter)) {}

    [[nodiscard]] const Filter& filter() const { return *filter_; }

    static constexpr std::uint64_t kNone = UINT64_MAX;
    /// The first ready message that matches. Looks at no more than `budget` new ones, and takes
    /// from it what it used: `kNone` with nothing left of it means that there are more to be looked
    /// at, and `kNone` with `missing` set that this one has to come from the disk first. What it
    /// returns may be on disk, too.
    /// What its selector cannot read is added to `broken`.
    [[nodiscard]] std::uint64_t first(Entries& entries, std::size_t& budget, std::uint64_t& missing,
                                      std::vector<std::uint64_t>& broken);
    /// Whether messages of a higher priority come first: then all there are have to be looked at.
    void prioritize(bool prioritized);
    /// A delivered message is ready again.
    void returned(std::uint64_t ordinal, const Entry& entry);

    std::uint32_t users = 0;

private:
    FilterPtr filter_;
    std::uint64_t looked_to_ = 0;  ///< all before were looked at
    struct Match {
        std::uint8_t lower = 0;  ///< those with less of it come first
        std::uint64_t ordinal = 0;

        auto operator<=>(const Match&) const = default;
    };
    [[nodiscard]] Match match(std::uint64_t ordinal, const Entry& entry) const;

    bool prioritized_ = false;
    /// Of these, those that matched and were ready when they were last seen.
    std::set<Match> matching_;
};

/// The selections of a queue's consumers, and of some that are gone.
class Selections {
public:
    /// Selections without users that are remembered.
    static constexpr std::size_t kIdleMax = 32;

    [[nodiscard]] Selection& open(const FilterPtr& filter);
    void close(Selection& selection);
    void prioritize(bool prioritized);
    void returned(std::uint64_t ordinal, const Entry& entry) {
        for (const auto& one : all_) one->returned(ordinal, entry);
    }

private:
    bool prioritized_ = false;
    /// The one used last comes first.
    std::list<std::unique_ptr<Selection>> all_;
};

}  // namespace tern::broker
