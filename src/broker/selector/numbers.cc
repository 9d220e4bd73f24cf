#include "broker/selector/numbers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <limits>

namespace tern::selector {
namespace {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Removes a leading sign; true for a minus.
bool take_sign(std::string_view& text) {
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return false;
    const bool minus = text.front() == '-';
    text.remove_prefix(1);
    return minus;
}

std::string_view trimmed(std::string_view text) {
    const auto is_trimmed = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
    while (!text.empty() && is_trimmed(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_trimmed(text.back())) text.remove_suffix(1);
    return text;
}

std::size_t digits_in(std::string_view text, std::size_t from) {
    std::size_t at = from;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - from;
}

/// digits [. digits] [e [sign] digits], with a digit before or after the point.
bool is_decimal_number(std::string_view text) {
    std::size_t at = digits_in(text, 0);
    std::size_t digits = at;
    if (at < text.size() && text[at] == '.') {
        const std::size_t fraction = digits_in(text, at + 1);
        digits += fraction;
        at += 1 + fraction;
    }
    if (digits == 0) return false;
    if (at == text.size()) return true;
    if (text[at] != 'e' && text[at] != 'E') return false;
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = digits_in(text, at);
    return exponent > 0 && at + exponent == text.size();
}

/// Of a number that is out of range: whether it is so by being too large.
bool is_huge(std::string_view text) {
    const std::size_t exponent_at = std::min(text.find_first_of("eE"), text.size());
    const std::string_view mantissa = text.substr(0, exponent_at);
    const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
    const std::size_t first = mantissa.find_first_of("123456789");
    const auto magnitude = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);

    std::string_view digits = text.substr(std::min(exponent_at + 1, text.size()));
    const bool minus = take_sign(digits);
    std::int64_t exponent = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (read.ec == std::errc::result_out_of_range) return !minus;
    return magnitude + (minus ? -exponent : exponent) > 0;
}

template <std::floating_point T>
std::optional<T> parse_floating(std::string_view text) {
    text = trimmed(text);
    const bool minus = take_sign(text);
    T value = 0;
    if (text == "NaN") {
        value = std::numeric_limits<T>::quiet_NaN();
    } else if (text == "Infinity") {
        value = std::numeric_limits<T>::infinity();
    } else {
        if (!text.empty() && std::string_view("fFdD").find(text.back()) != text.npos) {
            text.remove_suffix(1);
        }
        if (!is_decimal_number(text)) return std::nullopt;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
        if (read.ec == std::errc::result_out_of_range) {
            value = is_huge(text) ? std::numeric_limits<T>::infinity() : T{0};
        }
    }
    return minus ? -value : value;
}

/// The shortest digits that read back as `value`, and the exponent of the first of them.
struct Shortest {
    std::string_view digits;
    int exponent;
};

template <std::floating_point T>
Shortest shortest(T value, std::array<char, 32>& buffer) {
    const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                       std::chars_format::scientific);
    const std::string_view text(buffer.data(), written.ptr);  // d[.ddd]e+xx
    const std::size_t e = text.find('e');
    int exponent = 0;
    const char* first = text.data() + e + 1;
    if (*first == '+') ++first;
    std::from_chars(first, text.data() + text.size(), exponent);
    if (e == 1) return {text.substr(0, 1), exponent};
    buffer[1] = buffer[0];  // over the point
    return {text.substr(1, e - 1), exponent};
}

std::string positional(const Shortest& number) {
    std::string text(number.digits);
    if (number.exponent < 0) {
        return "0." + std::string(static_cast<std::size_t>(-number.exponent - 1), '0') + text;
    }
    const auto whole = static_cast<std::size_t>(number.exponent) + 1;
    if (text.size() <= whole) return text + std::string(whole - text.size(), '0') + ".0";
    return text.insert(whole, 1, '.');
}

std::string scientific(const Shortest& number) {
    std::string text(number.digits);
    if (text.size() == 1) text += '0';
    text.insert(1, 1, '.');
    return text + 'E' + std::to_string(number.exponent);
}

template <std::floating_point T>
std::string floating_text(T value) {
    if (std::isnan(value)) return "NaN";
    std::string text = std::signbit(value) ? "-" : "";
    if (std::isinf(value)) return text + "Infinity";
    if (value == 0) return text + "0.0";
    std::array<char, 32> buffer;
    const Shortest number = shortest(std::abs(value), buffer);
    const bool plain = number.exponent >= -3 && number.exponent < 7;
    return text + (plain ? positional(number) : scientific(number));
}

std::string list_text(const Value& list) {
    std::string text;
    for (const Value& item : list.items()) {
        text += text.empty() ? "[" : ", ";
        text += to_text(item);
    }
    return text.empty() ? "[]" : text + ']';
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t min,
                                          std::int64_t max) {
    if (!text.empty() && text.front() == '+') {
        text.remove_prefix(1);
        if (!text.empty() && text.front() == '-') return std::nullopt;
    }
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = read.ec == std::errc{} && read.ptr == text.data() + text.size();
    if (!whole || value < min || value > max) return std::nullopt;
    return value;
}

std::optional<double> parse_double(std::string_view text) {
    return parse_floating<double>(text);
}

std::optional<float> parse_float(std::string_view text) {
    return parse_floating<float>(text);
}

std::string double_text(double value) {
    return floating_text(value);
}

std::string float_text(float value) {
    return floating_text(value);
}

std::size_t text_size_max(const Value& value) {
    constexpr std::size_t kNumberMax = 32;
    if (value.type() == Type::string) return value.text().size();
    if (!value.is_list()) return kNumberMax;
    std::size_t size = 2;
    for (const Value& item : value.items()) size += 2 + text_size_max(item);
    return size;
}

std::string to_text(const Value& value) {
    switch (value.type()) {
        case Type::null:
            return "null";
        case Type::boolean:
            return value.boolean() ? "true" : "false";
        case Type::int8:
        case Type::int16:
        case Type::int32:
        case Type::int64:
            return std::to_string(value.integer());
        case Type::float32:
            return float_text(static_cast<float>(value.floating()));
        case Type::float64:
            return double_text(value.floating());
        case Type::string:
            return std::string(value.text());
        case Type::object:
            return value.is_list() ? list_text(value) : std::string();
    }
    return {};
}

}  // namespace tern::selector
