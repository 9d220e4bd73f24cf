#include "config/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <utility>

namespace tern::config {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t bytes;
};
constexpr std::int64_t kKiB = 1024;
// The names for output come first, the largest of them first.
constexpr std::array<Unit, 7> kUnits{{{"gb", kKiB* kKiB* kKiB},
                                      {"mb", kKiB* kKiB},
                                      {"kb", kKiB},
                                      {"g", kKiB* kKiB* kKiB},
                                      {"m", kKiB* kKiB},
                                      {"k", kKiB},
                                      {"b", 1}}};

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    });
    return result;
}

std::string range_text(Range range) {
    const bool min = range.min != std::numeric_limits<std::int64_t>::min();
    const bool max = range.max != std::numeric_limits<std::int64_t>::max();
    if (min && max) return fmt::format(" from {} to {}", range.min, range.max);
    if (min) return fmt::format(" from {} on", range.min);
    return max ? fmt::format(" up to {}", range.max) : "";
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return {};
    return value;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0U);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    if (trim(text).empty()) return parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.emplace_back(trim(text.substr(0, end)));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::expected<bool, std::string> parse_bool(std::string_view text) {
    const std::string word = lower(trim(text));
    if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
    if (word == "false" || word == "no" || word == "off" || word == "0") return false;
    return std::unexpected("true or false");
}

std::expected<std::int64_t, std::string> parse_integer(std::string_view text, Range range) {
    const auto value = whole_number(trim(text));
    if (value && *value >= range.min && *value <= range.max) return *value;
    return std::unexpected("a whole number" + range_text(range));
}

std::expected<double, std::string> parse_double(std::string_view text) {
    text = trim(text);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool all = error == std::errc() && end == text.data() + text.size();
    if (all && std::isfinite(value)) return value;
    return std::unexpected("a number such as 0.5");
}

std::expected<std::int64_t, std::string> parse_bytes(std::string_view text, Range range) {
    const std::string word = lower(trim(text));
    const std::size_t digits = word.find_first_not_of("0123456789", word.starts_with('-') ? 1 : 0);
    const auto number = whole_number(word.substr(0, digits));
    const std::string_view unit =
        digits == std::string::npos ? "b" : trim(std::string_view(word).substr(digits));
    const auto known = std::ranges::find(kUnits, unit, &Unit::name);
    std::int64_t value = 0;
    const bool fits = number && known != kUnits.end() &&
                      !__builtin_mul_overflow(*number, known->bytes, &value) &&
                      value >= range.min && value <= range.max;
    if (fits) return value;
    return std::unexpected("a number of bytes" + range_text(range) + ", such as 64mb");
}

std::string bytes_to_text(std::int64_t bytes) {
    for (const Unit& unit : kUnits) {
        if (bytes > 0 && bytes % unit.bytes == 0 && unit.name.size() == 2) {
            return fmt::format("{}{}", bytes / unit.bytes, unit.name);
        }
    }
    return fmt::format("{}", bytes);
}

std::string double_to_text(double value) {
    return fmt::format("{}", value);
}

std::string nearest(std::string_view name, const std::vector<std::string_view>& names) {
    std::string_view best;
    std::size_t least = name.size() / 3 + 2;
    const std::string wanted = lower(name);
    for (const std::string_view candidate : names) {
        const std::size_t distance = edit_distance(wanted, lower(candidate));
        if (distance >= least) continue;
        least = distance;
        best = candidate;
    }
    return std::string(best);
}

}  // namespace tern::config
