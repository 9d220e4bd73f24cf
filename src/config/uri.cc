#include "config/uri.h"

#include "config/values.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace tern::config {
namespace {

constexpr int kDepthMax = 4;

bool is_scheme(std::string_view text) {
    const auto allowed = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
    };
    return !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
           std::ranges::all_of(text, allowed);
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<std::string> decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (text.size() - i < 3) return {};
        const int high = hex_digit(text[i + 1]);
        const int low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return {};
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

std::string encode(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7F &&
            std::string_view("%&=?#()\"<>").find(c) == std::string_view::npos) {
            out += c;
        } else {
            out += {'%', kHex[byte / 16], kHex[byte % 16]};
        }
    }
    return out;
}

std::optional<std::string> take_options(Uri& uri, std::string_view query) {
    for (const std::string& part : split(query, '&')) {
        const std::size_t equals = part.find('=');
        const auto name = decode(std::string_view(part).substr(0, equals));
        const auto value =
            decode(equals == std::string::npos ? std::string_view()
                                               : std::string_view(part).substr(equals + 1));
        if (!name || !value) return "'%' takes two hexadecimal digits in '" + part + "'";
        if (name->empty()) return "an option without a name in '?" + std::string(query) + "'";
        if (uri.option(*name) != nullptr) return "the option '" + *name + "' is given twice";
        uri.options.push_back({*name, *value});
    }
    return {};
}

std::optional<std::string> take_authority(Uri& uri, std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash != std::string_view::npos) uri.path = text.substr(slash);
    text = text.substr(0, slash);
    std::size_t colon = text.rfind(':');
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos) return "'[' without ']'";
        uri.host = text.substr(1, bracket - 1);
        colon = bracket + 1;
        if (colon < text.size() && text[colon] != ':') return "':PORT' should follow ']'";
    } else {
        uri.host = text.substr(0, colon);
    }
    if (colon >= text.size()) return {};
    const auto port = parse_integer(text.substr(colon + 1), {0, 65535});
    if (!port) return "the port should be " + port.error();
    uri.port = static_cast<std::int32_t>(*port);
    return {};
}

std::expected<Uri, std::string> parse(std::string_view text, int depth);

/// The parts of `a,b(c,d),e`, cut at the outer commas.
std::optional<std::string> take_parts(Uri& uri, std::string_view text, int depth) {
    int open = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size() && text[i] == '(') ++open;
        if (i < text.size() && text[i] == ')') --open;
        if (i < text.size() && (text[i] != ',' || open > 0)) continue;
        const std::string_view part = trim(text.substr(begin, i - begin));
        begin = i + 1;
        if (part.empty() && text.empty()) continue;
        auto parsed = parse(part, depth + 1);
        if (!parsed) return parsed.error();
        uri.parts.push_back(std::move(*parsed));
    }
    return {};
}

std::expected<Uri, std::string> parse(std::string_view text, int depth) {
    if (depth > kDepthMax) return std::unexpected("too many parentheses within each other");
    text = trim(text);
    const std::size_t colon = text.find(':');
    Uri uri;
    uri.scheme = text.substr(0, colon);
    if (colon == std::string_view::npos || !is_scheme(uri.scheme)) {
        return std::unexpected("'" + std::string(text) +
                               "' does not begin with a scheme such as tcp://");
    }
    text.remove_prefix(colon + 1);
    const bool composite = text.starts_with('(') || text.starts_with("//(");
    const std::size_t close = composite ? text.rfind(')') : 0;
    if (close == std::string_view::npos) return std::unexpected("'(' without ')'");
    const std::size_t question = text.find('?', close);
    const std::string_view body = text.substr(0, question);
    std::optional<std::string> problem;
    if (composite) {
        const std::size_t open = body.find('(') + 1;
        problem = take_parts(uri, body.substr(open, close - open), depth);
        uri.path = body.substr(close + 1);
    } else if (body.starts_with("//")) {
        problem = take_authority(uri, body.substr(2));
    } else {
        uri.path = body;
    }
    if (!problem && question != std::string_view::npos) {
        problem = take_options(uri, text.substr(question + 1));
    }
    if (problem) return std::unexpected(*problem);
    return uri;
}

}  // namespace

const std::string* Uri::option(std::string_view name) const {
    const auto found = std::ranges::find(options, name, &UriOption::name);
    return found == options.end() ? nullptr : &found->value;
}

std::expected<Uri, std::string> parse_uri(std::string_view text) {
    const auto strange = [](char c) { return static_cast<unsigned char>(c) - 0x20U >= 0x5FU; };
    if (std::ranges::any_of(text, strange)) {
        return std::unexpected("a URI has printable ASCII characters only (RFC 3986, 2)");
    }
    return parse(text, 0);
}

std::string to_text(const Uri& uri) {
    std::string text = uri.scheme + ":";
    if (!uri.parts.empty()) {
        text += '(';
        for (const Uri& part : uri.parts)
            text += (&part == &uri.parts.front() ? "" : ",") + to_text(part);
        text += ')';
    } else if (!uri.host.empty() || uri.port >= 0) {
        text += "//" + (uri.host.find(':') == std::string::npos ? uri.host : "[" + uri.host + "]");
        if (uri.port >= 0) text += ":" + std::to_string(uri.port);
    }
    text += uri.path;
    for (const UriOption& option : uri.options) {
        text += &option == &uri.options.front() ? '?' : '&';
        text += encode(option.name) + "=" + encode(option.value);
    }
    return text;
}

}  // namespace tern::config
