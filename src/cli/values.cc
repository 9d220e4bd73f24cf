#include "cli/values.h"

#include <array>
#include <charconv>
#include <cmath>

namespace tern::cli {
namespace {

using client::Value;

template <class T>
std::optional<T> number(std::string_view text) {
    T value{};
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
}

template <class T>
std::optional<Value> number_value(std::string_view text) {
    const auto value = number<T>(text);
    if (!value) return std::nullopt;
    return Value(*value);
}

std::optional<Value> typed_value(std::string_view type, std::string_view text) {
    if (type == "string") return Value(text);
    if (type == "bool" && (text == "true" || text == "false")) return Value(text == "true");
    if (type == "byte") return number_value<std::int8_t>(text);
    if (type == "short") return number_value<std::int16_t>(text);
    if (type == "int") return number_value<std::int32_t>(text);
    if (type == "long") return number_value<std::int64_t>(text);
    if (type == "float") return number_value<float>(text);
    if (type == "double") return number_value<double>(text);
    return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
    constexpr std::uint64_t kUnit = 1024;
    std::uint64_t unit = 1;
    if (!text.empty()) {
        switch (text.back()) {
            case 'k':
            case 'K':
                unit = kUnit;
                break;
            case 'm':
            case 'M':
                unit = kUnit * kUnit;
                break;
            case 'g':
            case 'G':
                unit = kUnit * kUnit * kUnit;
                break;
            default:
                break;
        }
        if (unit > 1) text.remove_suffix(1);
    }
    const auto value = number<std::uint64_t>(text);
    if (!value || *value > UINT64_MAX / unit) return std::nullopt;
    return *value * unit;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    // "ms" before "m" and "s", which it ends with and contains.
    constexpr std::array<std::pair<std::string_view, double>, 4> kUnits{
        {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
    double unit_ms = 1000;
    for (const auto& [name, ms] : kUnits) {
        if (!text.ends_with(name)) continue;
        text.remove_suffix(name.size());
        unit_ms = ms;
        break;
    }
    constexpr double kLongestMs = 1e12;
    const auto value = number<double>(text);
    if (!value || !(*value >= 0) || *value * unit_ms > kLongestMs) return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::round(*value * unit_ms)));
}

std::optional<std::pair<std::string, Value>> parse_property(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    std::string_view name = text.substr(0, equals);
    std::string_view type = "string";
    if (const std::size_t colon = name.rfind(':'); colon != std::string_view::npos) {
        type = name.substr(colon + 1);
        name = name.substr(0, colon);
    }
    auto value = typed_value(type, text.substr(equals + 1));
    if (name.empty() || !value) return std::nullopt;
    return std::pair(std::string(name), std::move(*value));
}

}  // namespace tern::cli
