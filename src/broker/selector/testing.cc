#include "broker/selector/testing.h"

#include "base/assert.h"
#include "broker/selector/numbers.h"
#include "broker/selector/xpath.h"

#include <array>
#include <cstdint>
#include <limits>
#include <utility>

namespace tern::selector {
namespace {

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

/// Puts the characters in that a line of text cannot show.
std::string unescaped(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, char>, 3> kSigns = {
        {{"␤", '\n'}, {"␍", '\r'}, {"␉", '\t'}}};
    std::string out(text);
    for (const auto& [sign, character] : kSigns) {
        for (std::size_t at = out.find(sign); at != out.npos; at = out.find(sign, at)) {
            out.replace(at, sign.size(), 1, character);
        }
    }
    return out;
}

template <class T>
Value integer(std::string_view digits) {
    const auto value =
        parse_integer(digits, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
    TERN_ASSERT(value.has_value());
    return static_cast<T>(*value);
}

Value number(std::string_view text) {
    const std::string_view digits = text.substr(0, text.size() - 1);
    if (text.ends_with('b')) return integer<std::int8_t>(digits);
    if (text.ends_with('s')) return integer<std::int16_t>(digits);
    if (text.ends_with('L')) return integer<std::int64_t>(digits);
    if (text.ends_with('f')) return parse_float(digits).value();
    if (text.find_first_of(".ENI") == text.npos) return integer<std::int32_t>(text);
    return parse_double(text).value();
}

/// The value at the front of `text`, which it takes away.
Value take_value(std::string_view& text, std::deque<std::string>& texts) {
    if (!text.starts_with('\'')) {
        const std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(word.size());
        if (word == "true" || word == "false") return word == "true";
        return number(word);
    }
    std::string& value = texts.emplace_back();
    for (text.remove_prefix(1); !text.empty(); text.remove_prefix(1)) {
        if (text.front() == '\'') {
            text.remove_prefix(1);
            if (!text.starts_with('\'')) break;
        }
        value += text.front();
    }
    return std::string_view(value);
}

}  // namespace

Properties::Properties(std::string_view text) {
    const std::string unescaped_text = unescaped(text);
    std::string_view rest = trimmed(unescaped_text);
    while (!rest.empty()) {
        const std::size_t sign = rest.find('=');
        TERN_ASSERT(sign != rest.npos);
        std::string name(rest.substr(0, sign));
        rest.remove_prefix(sign + 1);
        values_.emplace(std::move(name), take_value(rest, texts_));
        rest = trimmed(rest);
    }
}

Value Properties::find(std::string_view name) {
    ++asked[std::string(name)];
    const auto found = values_.find(name);
    return found == values_.end() ? Value() : found->second;
}

bool Properties::matches_xpath(std::size_t index) {
    return index < xpaths.size() && xpaths[index];
}

bool read_case(std::string_view line, Case& out) {
    constexpr std::string_view kSeparator = ";;";
    if (line.empty() || line.starts_with('#')) return false;
    const std::size_t first = line.find(kSeparator);
    const std::size_t last = line.rfind(kSeparator);
    TERN_ASSERT(first != last);
    out.differs = line.starts_with('!');
    out.verdict = trimmed(line.substr(0, first)).substr(out.differs ? 1 : 0);
    std::string_view selector = line.substr(first + 2, last - first - 2);
    selector.remove_prefix(1);  // one blank on either side is not its own
    if (selector.ends_with(' ')) selector.remove_suffix(1);
    out.selector = unescaped(selector);
    out.properties = trimmed(line.substr(last + 2));
    return true;
}

namespace {

std::vector<bool> verdicts_on(const Selector& selector, const Value& body) {
    std::vector<bool> verdicts;
    if (body.type() != Type::string) return verdicts;
    for (const XPath& one : selector.xpaths()) {
        verdicts.push_back(matches_xpath(one.expression, body.text(), XmlEncoding::utf8));
    }
    return verdicts;
}

}  // namespace

std::string verdict_on(const Case& test) {
    const auto selector = Selector::parse(test.selector);
    if (!selector) return "refused:" + std::to_string(selector.error().column);
    Properties properties(test.properties);
    properties.xpaths = verdicts_on(*selector, properties.find("BODY"));
    switch (selector->evaluate(properties)) {
        case Truth::is_true:
            return "true";
        case Truth::is_false:
            return "false";
        case Truth::unknown:
            return "unknown";
    }
    return {};
}

}  // namespace tern::selector
