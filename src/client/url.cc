#include "client/url.h"

#include <charconv>
#include <utility>

namespace tern::client {
namespace {

constexpr std::string_view kScheme = "tcp://";

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

}  // namespace

Result<Endpoint> parse_url(std::string_view url) {
    const auto bad = [url](std::string_view why) {
        return failure(Errc::bad_argument, "URL '" + std::string(url) + "' " + std::string(why));
    };
    if (!url.starts_with(kScheme)) return bad("does not start with tcp://");
    std::string_view authority = url.substr(kScheme.size());
    if (authority.ends_with('/')) authority.remove_suffix(1);
    if (authority.find_first_of("?/") != std::string_view::npos) {
        return bad("has options or a path, which are not supported");
    }
    Endpoint endpoint;
    std::string_view host;
    std::string_view port;
    if (!split(authority, host, port) || host.empty()) return bad("has no host");
    if (!port.empty() && !parse_port(port, endpoint.port)) return bad("has no valid port");
    endpoint.host = host;
    return endpoint;
}

}  // namespace tern::client
