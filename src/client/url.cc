#include "client/url.h"

#include "client/url_settings.h"

#include <charconv>
#include <utility>

namespace tern::client {
namespace {

constexpr std::string_view kPlain = "tcp://";
constexpr std::string_view kTls = "ssl://";
constexpr std::string_view kFailover = "failover:";
constexpr std::string_view kNested = "nested.";
constexpr std::string_view kJms = "jms.";

using Settings = std::vector<Setting>;

std::unexpected<Error> bad(std::string_view url, std::string_view why) {
    return failure(Errc::bad_argument, "URL '" + std::string(url) + "' " + std::string(why));
}

/// Splits `host:port` or `[host]:port`; the port is empty when there is none. False when the
/// brackets are wrong.
bool split(std::string_view text, std::string_view& host, std::string_view& port) {
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return false;
        host = text.substr(1, end - 1);
        rest = text.substr(end + 1);
    } else {
        const std::size_t end = text.find(':');
        host = text.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : text.substr(end);
    }
    if (rest.empty()) return true;
    port = rest.substr(1);
    return rest.starts_with(':') && !port.empty();
}

bool parse_port(std::string_view text, std::uint16_t& port) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, port);
    return error == std::errc() && stop == end && port != 0;
}

/// What stands before and behind the first `?`.
std::pair<std::string_view, std::string_view> split_query(std::string_view url) {
    const std::size_t mark = url.find('?');
    if (mark == std::string_view::npos) return {url, {}};
    return {url.substr(0, mark), url.substr(mark + 1)};
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

Result<Endpoint> parse_place(std::string_view url, std::string_view place) {
    Endpoint endpoint;
    endpoint.tls = place.starts_with(kTls);
    if (!endpoint.tls && !place.starts_with(kPlain)) {
        return bad(url, "starts with neither tcp:// nor ssl:// nor failover:");
    }
    std::string_view authority = place.substr(kPlain.size());
    if (authority.ends_with('/')) authority.remove_suffix(1);
    if (authority.find('/') != std::string_view::npos) return bad(url, "has a path");
    std::string_view host;
    std::string_view port;
    if (!split(authority, host, port) || host.empty()) return bad(url, "has no host");
    if (!port.empty() && !parse_port(port, endpoint.port)) return bad(url, "has no valid port");
    endpoint.host = host;
    return endpoint;
}

/// `nested` holds for each broker of a failover URL. What begins with `jms.` goes to `jms`.
Result<Endpoint> parse_endpoint(std::string_view url, const Settings& nested, Settings& jms) {
    const auto [place, query] = split_query(url);
    auto endpoint = parse_place(url, place);
    if (!endpoint) return endpoint;
    const auto own = parse_query(query);
    if (!own) return std::unexpected(own.error());
    for (const Settings* settings : {&nested, &*own}) {
        for (const Setting& setting : *settings) {
            if (setting.first.starts_with(kJms)) {
                jms.push_back(setting);
            } else if (auto applied = apply(setting, *endpoint); !applied) {
                return std::unexpected(std::move(applied.error()));
            }
        }
    }
    return endpoint;
}

/// The URLs of the brokers and the query, from what stands behind `failover:`.
Result<std::pair<std::string_view, std::string_view>> split_failover(std::string_view url) {
    std::string_view rest = url.substr(kFailover.size());
    if (rest.starts_with("//")) rest.remove_prefix(2);
    if (!rest.starts_with('(')) return split_query(rest);
    const std::size_t end = rest.rfind(')');
    if (end == std::string_view::npos) return bad(url, "has no ) for its (");
    const std::string_view behind = rest.substr(end + 1);
    if (!behind.empty() && !behind.starts_with('?')) return bad(url, "has something behind the )");
    return std::pair(rest.substr(1, end - 1),
                     behind.empty() ? std::string_view() : behind.substr(1));
}

Result<Url> parse_failover(std::string_view url, Settings& jms) {
    const auto parts = split_failover(url);
    if (!parts) return std::unexpected(parts.error());
    const auto settings = parse_query(parts->second);
    if (!settings) return std::unexpected(settings.error());
    Url parsed;
    FailoverOptions& failover = parsed.failover.emplace();
    Settings nested;
    for (const Setting& setting : *settings) {
        if (setting.first.starts_with(kNested)) {
            nested.emplace_back(setting.first.substr(kNested.size()), setting.second);
        } else if (setting.first.starts_with(kJms)) {
            jms.push_back(setting);
        } else if (auto applied = apply(setting, failover); !applied) {
            return std::unexpected(std::move(applied.error()));
        }
    }
    std::string_view brokers = parts->first;
    while (!brokers.empty()) {
        const std::size_t end = std::min(brokers.find(','), brokers.size());
        auto endpoint = parse_endpoint(trimmed(brokers.substr(0, end)), nested, jms);
        if (!endpoint) return std::unexpected(std::move(endpoint.error()));
        parsed.brokers.push_back(std::move(*endpoint));
        brokers.remove_prefix(std::min(end + 1, brokers.size()));
    }
    if (parsed.brokers.empty()) return bad(url, "names no broker");
    return parsed;
}

Result<Url> parse(std::string_view url, Settings& jms) {
    if (url.starts_with(kFailover)) return parse_failover(url, jms);
    auto endpoint = parse_endpoint(url, {}, jms);
    if (!endpoint) return std::unexpected(std::move(endpoint.error()));
    Url parsed;
    parsed.brokers.push_back(std::move(*endpoint));
    return parsed;
}

}  // namespace

std::string Endpoint::text() const {
    const bool v6 = host.find(':') != std::string::npos;
    return std::string(tls ? kTls : kPlain) + (v6 ? "[" + host + "]" : host) + ":" +
           std::to_string(port);
}

Result<Endpoint> parse_endpoint(std::string_view url) {
    Settings jms;
    return parse_endpoint(url, {}, jms);
}

Result<Url> parse_url(std::string_view url, ConnectionOptions& options) {
    Settings jms;
    auto parsed = parse(trimmed(url), jms);
    if (!parsed) return parsed;
    for (auto& [name, value] : jms) {
        const Setting setting(name.substr(kJms.size()), value);
        if (auto applied = apply(setting, options); !applied) {
            return std::unexpected(std::move(applied.error()));
        }
    }
    return parsed;
}

Result<Url> parse_url(std::string_view url) {
    ConnectionOptions options;
    return parse_url(url, options);
}

}  // namespace tern::client
