#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tern::broker {

/// Since when a consumer has its messages, about: remembers when some of them were handed to it, so
/// few that it costs nothing. What it says is wrong by a tenth of a second, or by no more than the
/// time that has passed since.
class HandoutTimes {
public:
    /// `alone`: it has no other.
    void note(std::uint64_t ordinal, std::int64_t now_ms, bool alone) {
        if (alone) notes_.clear();
        if (!notes_.empty() && now_ms < notes_.back().at_ms + kApartMs) return;
        add(ordinal, now_ms);
    }
    /// 0: nobody knows.
    [[nodiscard]] std::int64_t since_ms(std::uint64_t ordinal) const;

private:
    static constexpr std::size_t kNotes = 16;
    static constexpr std::int64_t kApartMs = 100;

    struct Note {
        std::uint64_t ordinal = 0;
        std::int64_t at_ms = 0;
    };

    void add(std::uint64_t ordinal, std::int64_t now_ms);
    /// The one whose neighbours are nearest to each other, for how long ago they are.
    void forget_one(std::int64_t now_ms);

    std::vector<Note> notes_;
};

}  // namespace tern::broker
