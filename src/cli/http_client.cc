#include "cli/http_client.h"

#include "bytes/base64.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <limits>
#include <optional>

namespace tern::cli {
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace {

using Error = boost::system::error_code;

constexpr std::string_view kScheme = "http://";
constexpr std::chrono::seconds kPatience{60};

struct Place {
    std::string host;
    std::string port;
    std::string login;  ///< `user:password`; empty: none
};

std::optional<Place> parse_place(std::string_view url) {
    if (!url.starts_with(kScheme)) return std::nullopt;
    url.remove_prefix(kScheme.size());
    url = url.substr(0, url.find('/'));
    const std::size_t at = url.rfind('@');
    const std::string_view login = at == std::string_view::npos ? "" : url.substr(0, at);
    if (at != std::string_view::npos) url.remove_prefix(at + 1);
    const std::size_t bracket = url.find(']');
    const std::size_t colon = url.find(':', bracket == std::string_view::npos ? 0 : bracket);
    Place place{std::string(url.substr(0, colon)), "80", std::string(login)};
    if (colon != std::string_view::npos) place.port = url.substr(colon + 1);
    if (place.host.starts_with('[')) place.host = place.host.substr(1, place.host.size() - 2);
    if (place.host.empty() || place.port.empty()) return std::nullopt;
    return place;
}

/// Runs what was begun, but not for ever.
bool run(asio::io_context& context) {
    context.restart();
    context.run_for(kPatience);
    return context.stopped();
}

}  // namespace

std::expected<HttpAnswer, std::string> http_request(const std::string& url,
                                                    const std::string& method,
                                                    const std::string& target,
                                                    const std::string& body) {
    const auto place = parse_place(url);
    // Of what was given nothing is said: there may be a password in it.
    if (!place) return std::unexpected("the URL is not http://[USER:PASSWORD@]HOST:PORT");
    asio::io_context context;
    Error error;
    asio::ip::tcp::resolver resolver(context);
    const auto addresses = resolver.resolve(place->host, place->port, error);
    const auto failed = [&place, &error](const char* what) {
        return std::unexpected(std::string(what) + " " + std::string(kScheme) + place->host + ":" +
                               place->port + ": " + error.message());
    };
    if (error) return failed("cannot find");
    boost::beast::tcp_stream stream(context);
    stream.expires_after(kPatience);
    stream.async_connect(addresses, [&error](Error result, const auto&) { error = result; });
    if (!run(context) || error) return failed("cannot connect to");

    http::request<http::string_body> request;
    request.method_string(method);
    request.target(target);
    request.version(11);
    request.set(http::field::host, place->host + ":" + place->port);
    request.set(http::field::connection, "close");
    if (!place->login.empty()) {
        request.set(http::field::authorization, "Basic " + base64(place->login));
    }
    if (!body.empty()) request.set(http::field::content_type, "application/json");
    request.body() = body;
    request.prepare_payload();
    stream.expires_after(kPatience);
    http::async_write(stream, request, [&error](Error result, std::size_t) { error = result; });
    if (!run(context) || error) return failed("cannot ask");

    boost::beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(std::numeric_limits<std::uint64_t>::max());
    stream.expires_after(kPatience);
    http::async_read(stream, buffer, parser,
                     [&error](Error result, std::size_t) { error = result; });
    if (!run(context) || error) return failed("no answer of");
    return HttpAnswer{.status = static_cast<int>(parser.get().result_int()),
                      .body = std::move(parser.get().body())};
}

}  // namespace tern::cli
