#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tern::broker {

/// How far the clocks on the wall are ahead of UTC at a time, both in milliseconds.
using WallOffset = std::int64_t (*)(std::int64_t at_ms);

/// Minutes of the calendar, by five fields: minute, hour, day of the month, month, day of the week
/// (0 and 7 are Sunday). Each is `*` or `?`, or numbers, ranges and steps separated by commas. If
/// both kinds of days are given, either is enough.
class Cron {
public:
    /// Nothing when that is not what the text says.
    [[nodiscard]] static std::optional<Cron> parse(std::string_view text);

    /// The first such minute on the wall after that time, in milliseconds since 1970. Nothing when
    /// there is none within eight years, such as February 30.
    [[nodiscard]] std::optional<std::int64_t> next(std::int64_t after_ms, WallOffset wall) const;

private:
    /// How far it is at least from a time on the wall to the next such minute; 0: that is one.
    [[nodiscard]] std::int64_t ahead_ms(std::int64_t wall_ms) const;
    [[nodiscard]] bool has_day(unsigned day, unsigned weekday) const;

    // A bit for each number.
    std::uint64_t minutes_ = 0;
    std::uint64_t hours_ = 0;
    std::uint64_t days_ = 0;
    std::uint64_t months_ = 0;
    std::uint64_t weekdays_ = 0;
    bool any_day_ = false;
    bool any_weekday_ = false;
};

}  // namespace tern::broker
