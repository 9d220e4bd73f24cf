#include "admin/target.h"

#include <algorithm>
#include <charconv>

namespace tern::admin {
namespace {

int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> unescape(std::string_view text, bool plus_is_blank) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i] == '+' && plus_is_blank ? ' ' : text[i];
            continue;
        }
        if (text.size() - i < 3 || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) return {};
        plain += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
        i += 2;
    }
    return plain;
}

/// The part before `separator`, which is taken off `rest`.
std::string_view take_part(std::string_view& rest, char separator) {
    const std::size_t end = std::min(rest.find(separator), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
}

bool parse_path(std::string_view rest, Target& target) {
    if (!rest.starts_with('/')) return false;
    rest.remove_prefix(1);
    while (!rest.empty()) {
        const auto segment = unescape(take_part(rest, '/'), false);
        if (!segment || target.path.size() == Target::kSegmentsMax) return false;
        target.path.push_back(*segment);
    }
    return true;
}

bool parse_query(std::string_view rest, Target& target) {
    while (!rest.empty()) {
        std::string_view value = take_part(rest, '&');
        const auto name = unescape(take_part(value, '='), true);
        auto plain = unescape(value, true);
        if (!name || !plain || target.query.size() == Target::kParametersMax) return false;
        target.query.insert_or_assign(*name, std::move(*plain));
    }
    return true;
}

}  // namespace

std::string_view Target::parameter(std::string_view name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<Target> parse_target(std::string_view text) {
    text = text.substr(0, text.find('#'));
    std::string_view query = text;
    const std::string_view path = take_part(query, '?');
    Target target;
    if (!parse_path(path, target) || !parse_query(query, target)) return std::nullopt;
    return target;
}

std::optional<std::vector<std::string>> match(std::string_view path, const Target& target) {
    std::vector<std::string> arguments;
    path.remove_prefix(1);
    for (const std::string& segment : target.path) {
        if (path.empty()) return std::nullopt;
        const std::size_t end = std::min(path.find('/'), path.size());
        const std::string_view part = path.substr(0, end);
        path.remove_prefix(std::min(end + 1, path.size()));
        if (part.starts_with('{')) {
            if (segment.empty()) return std::nullopt;
            arguments.push_back(segment);
        } else if (part != segment) {
            return std::nullopt;
        }
    }
    return path.empty() ? std::optional(std::move(arguments)) : std::nullopt;
}

std::string escape(std::string_view text) {
    constexpr std::string_view kPlain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string escaped;
    for (const char c : text) {
        if (kPlain.find(c) != std::string_view::npos) {
            escaped += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        escaped += '%';
        escaped += kDigits[byte / 16];
        escaped += kDigits[byte % 16];
    }
    return escaped;
}

std::string to_text(const Target& target) {
    std::string text;
    for (const std::string& segment : target.path) text += "/" + escape(segment);
    // An empty segment at the end is not seen without what follows it.
    if (target.path.empty() || target.path.back().empty()) text += "/";
    char separator = '?';
    for (const auto& [name, value] : target.query) {
        text += separator + escape(name) + "=" + escape(value);
        separator = '&';
    }
    return text;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stopped != end || text.empty()) return std::nullopt;
    return number;
}

}  // namespace tern::admin
