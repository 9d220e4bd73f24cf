#include "broker/schedule/cron.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace tern::broker {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kYearsMax = 8;

struct Field {
    int min;
    int max;
};

constexpr Field kMinutes{0, 59};
constexpr Field kHours{0, 23};
constexpr Field kDays{1, 31};
constexpr Field kMonths{1, 12};
constexpr Field kWeekdays{0, 7};

bool has(std::uint64_t set, unsigned number) {
    return (set >> number & 1) != 0;
}

bool is_any(std::string_view text) {
    return text == "*" || text == "?";
}

std::optional<int> number(std::string_view text, const Field& field) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return {};
    if (value < field.min || value > field.max) return {};
    return value;
}

std::string_view take(std::string_view& rest, char separator) {
    const std::size_t end = rest.find(separator);
    const std::string_view first = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return first;
}

/// One of what commas separate: `*`, `5`, `1-5`, each perhaps with a step behind a slash.
std::optional<std::uint64_t> part(std::string_view text, const Field& field) {
    const bool stepped = text.find('/') != std::string_view::npos;
    std::string_view range = take(text, '/');
    int step = 1;
    if (stepped) {
        const auto value = number(text, {1, field.max});
        if (!value) return {};
        step = *value;
    }
    int first = field.min;
    int last = field.max;
    if (!is_any(range)) {
        const bool spans = range.find('-') != std::string_view::npos;
        const auto from = number(take(range, '-'), field);
        const auto to = spans ? number(range, field) : from;
        if (!from || !to || *from > *to) return {};
        first = *from;
        last = stepped && !spans ? field.max : *to;
    }
    std::uint64_t set = 0;
    for (int value = first; value <= last; value += step) {
        set |= std::uint64_t{1} << static_cast<unsigned>(value);
    }
    return set;
}

bool parse_field(std::string_view text, const Field& field, std::uint64_t& set) {
    if (text.empty()) return false;
    do {
        const auto one = part(take(text, ','), field);
        if (!one) return false;
        set |= *one;
    } while (!text.empty());
    return true;
}

std::string_view take_word(std::string_view& rest) {
    const std::size_t start = rest.find_first_not_of(" \t");
    if (start == std::string_view::npos) return rest = {};
    rest.remove_prefix(start);
    const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    return word;
}

}  // namespace

std::optional<Cron> Cron::parse(std::string_view text) {
    Cron cron;
    const std::string_view minutes = take_word(text);
    const std::string_view hours = take_word(text);
    const std::string_view days = take_word(text);
    const std::string_view months = take_word(text);
    const std::string_view weekdays = take_word(text);
    if (!take_word(text).empty()) return {};
    if (!parse_field(minutes, kMinutes, cron.minutes_) ||
        !parse_field(hours, kHours, cron.hours_) || !parse_field(days, kDays, cron.days_) ||
        !parse_field(months, kMonths, cron.months_) ||
        !parse_field(weekdays, kWeekdays, cron.weekdays_)) {
        return {};
    }
    if (has(cron.weekdays_, 7)) cron.weekdays_ |= 1;
    cron.any_day_ = is_any(days);
    cron.any_weekday_ = is_any(weekdays);
    return cron;
}

bool Cron::has_day(unsigned day, unsigned weekday) const {
    if (any_weekday_) return has(days_, day);
    if (any_day_) return has(weekdays_, weekday);
    return has(days_, day) || has(weekdays_, weekday);
}

std::int64_t Cron::ahead_ms(std::int64_t wall_ms) const {
    using std::chrono::sys_days;
    const std::chrono::sys_time<std::chrono::milliseconds> at{std::chrono::milliseconds(wall_ms)};
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date{day};
    const auto minute = static_cast<unsigned>((at - day) / std::chrono::minutes(1));
    const auto until = [at](auto then) {
        return std::chrono::duration_cast<std::chrono::milliseconds>(then - at).count();
    };
    if (!has(months_, static_cast<unsigned>(date.month()))) {
        const auto month = date.year() / date.month() + std::chrono::months(1);
        return until(sys_days(month / 1));
    }
    const std::chrono::weekday weekday{day};
    if (!has_day(static_cast<unsigned>(date.day()), weekday.c_encoding())) {
        return until(day + std::chrono::days(1));
    }
    if (!has(hours_, minute / 60)) return until(day + std::chrono::hours(minute / 60 + 1));
    return has(minutes_, minute % 60) ? 0 : kMinuteMs;
}

std::optional<std::int64_t> Cron::next(std::int64_t after_ms, WallOffset wall) const {
    const std::int64_t now = after_ms + wall(after_ms);
    const std::int64_t last = now + kYearsMax * 366 * 24 * 60 * kMinuteMs;
    std::int64_t at = now - now % kMinuteMs + kMinuteMs;
    while (at <= last) {
        if (const std::int64_t ahead = ahead_ms(at); ahead > 0) {
            at += ahead;
            continue;
        }
        // The clocks may be put forward or back until then.
        const std::int64_t utc = at - wall(at - wall(at));
        if (utc > after_ms) return utc;
        at += kMinuteMs;
    }
    return {};
}

}  // namespace tern::broker
