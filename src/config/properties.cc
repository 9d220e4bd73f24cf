#include "config/properties.h"

#include "bytes/utf8.h"

#include <charconv>

namespace tern::config {
namespace {

constexpr std::size_t kResolvedBytesMax = std::size_t{64} * 1024;
constexpr int kReplacementsMax = 1000;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\f';
}

void skip_blanks(std::string_view& text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}

/// Whether the line goes on in the next: it ends in an odd number of backslashes.
bool continues(std::string_view line) {
    std::size_t backslashes = 0;
    while (backslashes < line.size() && line[line.size() - 1 - backslashes] == '\\') ++backslashes;
    return backslashes % 2 == 1;
}

std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// Takes the four digits of a `\uXXXX` off `text`; nothing if they are none.
std::optional<char32_t> take_code_unit(std::string_view& text) {
    constexpr std::size_t kDigits = 4;
    constexpr int kHex = 16;
    if (text.size() < kDigits) return {};
    std::uint16_t unit = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + kDigits, unit, kHex);
    if (error != std::errc() || end != text.data() + kDigits) return {};
    text.remove_prefix(kDigits);
    return unit;
}

/// What follows a `\u`: a character, or the first half of one, whose other half follows as another
/// `\uXXXX`.
void take_unicode(std::string_view& text, std::string& out) {
    const auto unit = take_code_unit(text);
    if (!unit) {
        out += 'u';
        return;
    }
    constexpr char32_t kHigh = 0xd800;
    constexpr char32_t kLow = 0xdc00;
    constexpr char32_t kAfter = 0xe000;
    if (*unit >= kHigh && *unit < kLow && text.starts_with("\\u")) {
        std::string_view rest = text.substr(2);
        const auto low = take_code_unit(rest);
        if (low && *low >= kLow && *low < kAfter) {
            text = rest;
            constexpr char32_t kFirst = 0x10000;
            return append_utf8(out, kFirst + ((*unit - kHigh) << 10U) + (*low - kLow));
        }
    }
    append_utf8(out, *unit);
}

/// Takes a character, an escaped one included, off `text`.
void take_character(std::string_view& text, std::string& out) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '\\' || text.empty()) {
        if (c != '\\') out += c;
        return;
    }
    const char escaped = text.front();
    text.remove_prefix(1);
    if (escaped == 'u') return take_unicode(text, out);
    constexpr std::string_view kNames = "ntrf";
    constexpr std::string_view kValues = "\n\t\r\f";
    const std::size_t named = kNames.find(escaped);
    out += named == std::string_view::npos ? escaped : kValues[named];
}

}  // namespace

Properties parse_properties(std::string_view text) {
    Properties properties;
    while (!text.empty()) {
        std::string_view first = take_line(text);
        skip_blanks(first);
        if (first.empty() || first.front() == '#' || first.front() == '!') continue;
        std::string whole(first);
        while (continues(whole) && !text.empty()) {
            whole.pop_back();
            std::string_view next = take_line(text);
            skip_blanks(next);
            whole += next;
        }
        std::string_view line = whole;
        std::string name;
        while (!line.empty() && line.front() != '=' && line.front() != ':' &&
               !is_blank(line.front())) {
            take_character(line, name);
        }
        skip_blanks(line);
        if (!line.empty() && (line.front() == '=' || line.front() == ':')) line.remove_prefix(1);
        skip_blanks(line);
        std::string value;
        while (!line.empty()) take_character(line, value);
        properties.insert_or_assign(std::move(name), std::move(value));
    }
    return properties;
}

std::optional<std::string> resolve(std::string_view text, const Lookup& lookup,
                                   std::string& problem) {
    std::string out(text);
    std::size_t from = 0;
    for (int replaced = 0;; ++replaced) {
        // The innermost first: what stands within a name is replaced before the name is looked up.
        const std::size_t close = out.find('}', from);
        const std::size_t open = close == std::string::npos ? close : out.rfind("${", close);
        if (close == std::string::npos) return out;
        if (open == std::string::npos) {
            from = close + 1;
            continue;
        }
        if (replaced == kReplacementsMax || out.size() > kResolvedBytesMax) {
            problem = "what stands in '${…}' refers to itself";
            return {};
        }
        const std::string_view inner = std::string_view(out).substr(open + 2, close - open - 2);
        const std::size_t colon = inner.find(':');
        auto value = lookup(inner);
        if (!value && colon != std::string_view::npos) {
            value = lookup(inner.substr(0, colon));
            if (!value) value = inner.substr(colon + 1);
        }
        if (!value) {
            problem = "nothing says what '${" + std::string(inner) + "}' is";
            return {};
        }
        out.replace(open, close - open + 1, *value);
        from = 0;
    }
}

}  // namespace tern::config
