#include "security/scopes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tern::security {
namespace {

constexpr std::array<std::pair<std::string_view, Right>, 3> kRights{
    {{"read", Right::read}, {"write", Right::write}, {"configure", Right::admin}}};

/// What `%` encodes in it; nothing if it encodes badly.
std::optional<std::string> decoded(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
        if (text.front() != '%') {
            plain += text.front();
            text.remove_prefix(1);
            continue;
        }
        if (text.size() < 3) return {};
        unsigned byte = 0;
        const char* const end = text.data() + 3;
        const auto [at, error] = std::from_chars(text.data() + 1, end, byte, 16);
        if (error != std::errc() || at != end) return {};
        plain += static_cast<char>(byte);
        text.remove_prefix(3);
    }
    return plain;
}

/// What stands between the stars. An encoded star is a character as any other.
std::optional<std::vector<std::string>> pieces_of(std::string_view pattern) {
    std::vector<std::string> pieces;
    for (;;) {
        const std::size_t star = pattern.find('*');
        auto piece = decoded(pattern.substr(0, star));
        if (!piece) return {};
        pieces.push_back(std::move(*piece));
        if (star == std::string_view::npos) return pieces;
        pattern.remove_prefix(star + 1);
    }
}

bool matches(const std::vector<std::string>& pieces, std::string_view text) {
    if (pieces.size() == 1) return text == pieces.front();
    if (!text.starts_with(pieces.front())) return false;
    text.remove_prefix(pieces.front().size());
    for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
        const std::size_t at = text.find(pieces[i]);
        if (at == std::string_view::npos) return false;
        text.remove_prefix(at + pieces[i].size());
    }
    return text.ends_with(pieces.back());
}

}  // namespace

std::optional<Scopes::Scope> Scopes::parse(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return {};
    const auto right = std::ranges::find(kRights, text.substr(0, colon),
                                         &std::pair<std::string_view, Right>::first);
    if (right == kRights.end()) return {};
    text.remove_prefix(colon + 1);
    std::vector<std::vector<std::string>> parts;
    for (;;) {
        const std::size_t slash = text.find('/');
        auto pieces = pieces_of(text.substr(0, slash));
        if (!pieces) return {};
        parts.push_back(std::move(*pieces));
        if (slash == std::string_view::npos) break;
        text.remove_prefix(slash + 1);
    }
    if (parts.size() == 2) parts.push_back({"", ""});
    if (parts.size() != 3) return {};
    return Scope{.right = right->second,
                 .vhost = std::move(parts[0]),
                 .name = std::move(parts[1]),
                 .key = std::move(parts[2])};
}

Scopes::Scopes(const std::vector<std::string>& scopes) {
    for (const std::string& text : scopes) {
        if (auto scope = parse(text)) scopes_.push_back(std::move(*scope));
    }
}

bool Scopes::may_enter(std::string_view /*user*/, std::string_view vhost) const {
    return std::ranges::any_of(scopes_,
                               [&](const Scope& one) { return matches(one.vhost, vhost); });
}

bool Scopes::allow(std::string_view /*user*/, Right right, std::string_view vhost,
                   std::string_view resource) const {
    if (resource.empty()) resource = kDefaultExchange;
    return std::ranges::any_of(scopes_, [&](const Scope& one) {
        return one.right == right && matches(one.vhost, vhost) && matches(one.name, resource);
    });
}

bool Scopes::allow_key(std::string_view /*user*/, Right right, std::string_view vhost,
                       std::string_view exchange, std::string_view key) const {
    return std::ranges::any_of(scopes_, [&](const Scope& one) {
        return one.right == right && matches(one.vhost, vhost) && matches(one.name, exchange) &&
               matches(one.key, key);
    });
}

}  // namespace tern::security
