#include "realms/token.h"

#include "bytes/base64.h"

#include <boost/json.hpp>

#include <algorithm>
#include <optional>

namespace tern::realms {
namespace {

namespace json = boost::json;

// The scope that is a tag of RabbitMQ's.
constexpr std::string_view kTag = "tag:";
constexpr std::size_t kTokenBytesMax = 16 * 1024;

std::optional<json::object> decode_object(std::string_view part) {
    std::string bytes;
    if (!decode_base64url(part, bytes)) return {};
    boost::system::error_code error;
    json::value value = json::parse(bytes, error);
    if (error || !value.is_object()) return {};
    return std::move(value.get_object());
}

std::optional<std::string> text_at(const json::object& object, std::string_view name) {
    const json::value* const value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return std::string(value->get_string());
}

/// A NumericDate (RFC 7519, 2): it may have a fraction.
std::optional<double> date_at(const json::object& object, std::string_view name) {
    const json::value* const value = object.if_contains(name);
    if (value == nullptr || !value->is_number()) return {};
    return value->to_number<double>();
}

bool is_for(const json::object& claims, const std::string& audience) {
    const json::value* const value = claims.if_contains("aud");
    if (value == nullptr) return false;
    if (value->is_string()) return value->get_string() == audience;
    return value->is_array() && std::ranges::any_of(value->get_array(), [&](const auto& one) {
               return one.is_string() && one.get_string() == audience;
           });
}

std::vector<std::string> names_in(const json::object& claims, const std::string& name) {
    std::vector<std::string> names;
    const json::value* const value = claims.if_contains(name);
    if (value == nullptr) return names;
    if (value->is_array()) {
        for (const json::value& one : value->get_array()) {
            if (one.is_string()) names.emplace_back(one.get_string());
        }
    } else if (value->is_string()) {
        std::string_view rest = value->get_string();
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            if (end > 0) names.emplace_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return names;
}

/// What follows the prefix.
std::vector<std::string> scopes_in(const json::object& claims, const TokenRules& rules) {
    std::vector<std::string> scopes;
    if (rules.scope_prefix.empty()) return scopes;
    for (const std::string& name : names_in(claims, rules.scopes_claim)) {
        if (name.starts_with(rules.scope_prefix)) {
            scopes.push_back(name.substr(rules.scope_prefix.size()));
        }
    }
    return scopes;
}

/// Why the claims are not good now; empty: they are.
std::string_view problem_of(const json::object& claims, const TokenRules& rules,
                            std::int64_t now_s) {
    const auto leeway = static_cast<double>(rules.leeway_s);
    const auto now = static_cast<double>(now_s);
    const auto expires = date_at(claims, "exp");
    if (!expires) return "the token does not say when it expires";
    if (now >= *expires + leeway) return "the token has expired";
    if (claims.contains("nbf")) {
        const auto begins = date_at(claims, "nbf");
        if (!begins || now < *begins - leeway) return "the token is not good yet";
    }
    if (text_at(claims, "iss") != rules.issuer) return "the token is of another issuer";
    if (!is_for(claims, rules.audience)) return "the token is for another audience";
    return {};
}

}  // namespace

std::string key_named_by(std::string_view token) {
    if (token.size() > kTokenBytesMax) return {};
    const auto header = decode_object(token.substr(0, token.find('.')));
    return header ? text_at(*header, "kid").value_or("") : "";
}

std::expected<TokenSubject, std::string> check_token(std::string_view token, const TokenKeys& keys,
                                                     const TokenRules& rules, std::int64_t now_s) {
    if (token.size() > kTokenBytesMax) return std::unexpected("the token is too long");
    if (std::ranges::count(token, '.') != 2) return std::unexpected("it is no signed token");
    const std::size_t first = token.find('.');
    const std::size_t second = token.find('.', first + 1);
    const auto header = decode_object(token.substr(0, first));
    if (!header) return std::unexpected("it is no signed token");
    const auto algorithm = text_at(*header, "alg");
    if (!algorithm || std::ranges::find(rules.algorithms, *algorithm) == rules.algorithms.end()) {
        return std::unexpected("the token is signed by an algorithm that is not allowed");
    }
    // What a token says must be understood is not understood here (RFC 7515, 4.1.11).
    if (header->contains("crit")) return std::unexpected("the token has critical extensions");
    std::string signature;
    if (!decode_base64url(token.substr(second + 1), signature) ||
        !keys.signed_by_any(token.substr(0, second), signature, *algorithm,
                            text_at(*header, "kid").value_or(""))) {
        return std::unexpected("no key that is known here signed the token");
    }
    const auto claims = decode_object(token.substr(first + 1, second - first - 1));
    if (!claims) return std::unexpected("the token says nothing");
    if (const auto problem = problem_of(*claims, rules, now_s); !problem.empty()) {
        return std::unexpected(std::string(problem));
    }
    const auto user = text_at(*claims, rules.user_claim);
    if (!user || user->empty()) return std::unexpected("the token does not say of whom it speaks");
    std::vector<std::string> groups = names_in(*claims, rules.groups_claim);
    std::vector<std::string> scopes = scopes_in(*claims, rules);
    for (const std::string& scope : scopes) {
        if (scope.starts_with(kTag)) groups.push_back(scope.substr(kTag.size()));
    }
    return TokenSubject{
        .user = *user,
        .groups = std::move(groups),
        .scopes = std::move(scopes),
        .until_s = date_at(*claims, "exp").value_or(0) + static_cast<double>(rules.leeway_s)};
}

}  // namespace tern::realms
