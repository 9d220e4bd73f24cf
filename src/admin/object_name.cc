#include "admin/object_name.h"

#include <algorithm>

namespace tern::admin {
namespace {

bool has_wildcard(std::string_view text) {
    return text.find_first_of("*?") != std::string_view::npos;
}

/// `*` stands for any characters, `?` for one.
bool matches_text(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

bool ObjectName::is_pattern() const {
    return more_keys || has_wildcard(domain) ||
           std::ranges::any_of(keys, [](const auto& key) { return has_wildcard(key.second); });
}

bool ObjectName::matches(const ObjectName& name) const {
    if (!matches_text(domain, name.domain)) return false;
    if (more_keys ? keys.size() > name.keys.size() : keys.size() != name.keys.size()) return false;
    return std::ranges::all_of(keys, [&name](const auto& key) {
        const auto found = name.keys.find(key.first);
        return found != name.keys.end() && matches_text(key.second, found->second);
    });
}

std::string ObjectName::key_text() const {
    std::string text;
    for (const auto& [key, value] : keys) {
        text += (text.empty() ? "" : ",") + key + "=" + value;
    }
    if (more_keys) text += text.empty() ? "*" : ",*";
    return text;
}

std::string ObjectName::text() const {
    return domain + ":" + key_text();
}

std::optional<ObjectName> parse_object_name(std::string_view text) {
    constexpr std::size_t kKeysMax = 32;
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon + 1 == text.size()) return std::nullopt;
    ObjectName name;
    name.domain = text.substr(0, colon);
    text.remove_prefix(colon + 1);
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair == "*") {
            name.more_keys = true;
            continue;
        }
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || equals == 0 || name.keys.size() == kKeysMax) {
            return std::nullopt;
        }
        const bool added =
            name.keys
                .emplace(std::string(pair.substr(0, equals)), std::string(pair.substr(equals + 1)))
                .second;
        if (!added) return std::nullopt;
    }
    return name;
}

std::string key_value(std::string_view name) {
    std::string value;
    for (const char c : name) {
        switch (c) {
            case ':':
            case ',':
            case '\'':
            case '"':
                value += '_';
                break;
            case '?':
                value += "&qe;";
                break;
            case '=':
                value += "&amp;";
                break;
            case '*':
                value += "&ast;";
                break;
            default:
                value += c;
        }
    }
    return value;
}

}  // namespace tern::admin
