#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

namespace tern::broker {

/// When messages of a queue expire, in the order of time and then of the queue. Knows ordinals
/// only: what is gone by then is found out when its time comes, or when too much of it is kept.
class Deadlines {
public:
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

    void add(std::int64_t at_ms, std::uint64_t ordinal);
    [[nodiscard]] std::int64_t first_ms() const {
        return heap_.empty() ? kNever : heap_.front().at_ms;
    }
    /// Whose time comes first, if any does.
    [[nodiscard]] std::uint64_t first() const { return heap_.front().ordinal; }
    void take_first();
    /// When that of `ordinal` comes, the first one if there are several. Looks at all.
    [[nodiscard]] std::int64_t find_ms(std::uint64_t ordinal) const;
    /// Whose time has come by `now_ms`, no more than the first `most` of them.
    [[nodiscard]] std::vector<std::uint64_t> due(std::int64_t now_ms, std::size_t most);
    [[nodiscard]] std::size_t size() const { return heap_.size(); }

    /// Keeps only what `is_needed(ordinal)`, if that may be no more than half: no more than
    /// `needed` are.
    template <class IsNeeded>
    void shrink(std::size_t needed, IsNeeded is_needed) {
        if (heap_.size() <= kSlack + 2 * needed) return;
        std::erase_if(heap_, [&](const Deadline& one) { return !is_needed(one.ordinal); });
        std::ranges::make_heap(heap_, std::greater{});
    }

private:
    struct Deadline {
        std::int64_t at_ms;
        std::uint64_t ordinal;

        auto operator<=>(const Deadline&) const = default;
    };
    static constexpr std::size_t kSlack = 64;

    std::vector<Deadline> heap_;
};

}  // namespace tern::broker
