#include "cli/http_client.h"

#include "bytes/base64.h"
#include "client/tls.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <openssl/ssl.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace tern::cli {
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace {

constexpr std::chrono::seconds kPatience{60};

struct Place {
    std::string scheme;
    std::string host;
    std::string port;
    std::string login;  ///< `user:password`; empty: none

    [[nodiscard]] bool encrypted() const { return scheme == "https"; }
    [[nodiscard]] std::string url() const { return scheme + "://" + host + ":" + port; }
};

std::optional<Place> parse_place(std::string_view url) {
    constexpr std::string_view kEnd = "://";
    const std::string scheme(url.substr(0, url.find(kEnd)));
    if (scheme != "http" && scheme != "https") return std::nullopt;
    url.remove_prefix(std::min(url.size(), scheme.size() + kEnd.size()));
    url = url.substr(0, url.find('/'));
    const std::size_t at = url.rfind('@');
    const std::string_view login = at == std::string_view::npos ? "" : url.substr(0, at);
    if (at != std::string_view::npos) url.remove_prefix(at + 1);
    const std::size_t bracket = url.find(']');
    const std::size_t colon = url.find(':', bracket == std::string_view::npos ? 0 : bracket);
    Place place{scheme, std::string(url.substr(0, colon)), scheme == "https" ? "443" : "80",
                std::string(login)};
    if (colon != std::string_view::npos) place.port = url.substr(colon + 1);
    if (place.host.starts_with('[')) place.host = place.host.substr(1, place.host.size() - 2);
    if (place.host.empty() || place.port.empty()) return std::nullopt;
    return place;
}

/// One request over one connection, step by step, each with its time.
class Asking {
public:
    using Error = boost::system::error_code;

    explicit Asking(Place place) : place_(std::move(place)), stream_(context_) {}

    [[nodiscard]] bool find_and_connect() {
        asio::ip::tcp::resolver resolver(context_);
        const auto addresses = resolver.resolve(place_.host, place_.port, error_);
        if (error_) return false;
        stream_.expires_after(kPatience);
        stream_.async_connect(addresses, [this](Error error, const auto&) { error_ = error; });
        return run();
    }
    [[nodiscard]] bool shake_hands(const client::TlsContext& tls) {
        encrypted_.emplace(stream_, SSL_new(tls.get()));
        SSL* const ssl = encrypted_->native_handle();
        if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), place_.host.c_str()) != 1) {
            // OpenSSL's macro for it is not C++ as we compile it.
            SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                     place_.host.data());
            SSL_set1_host(ssl, place_.host.c_str());
        }
        stream_.expires_after(kPatience);
        encrypted_->async_handshake(Encrypted::client, [this](Error error) { error_ = error; });
        return run();
    }
    [[nodiscard]] bool write(const http::request<http::string_body>& request) {
        return with_stream([&](auto& stream) {
            http::async_write(stream, request,
                              [this](Error error, std::size_t) { error_ = error; });
        });
    }
    [[nodiscard]] bool read(http::response_parser<http::string_body>& parser) {
        return with_stream([&](auto& stream) {
            http::async_read(stream, buffer_, parser,
                             [this](Error error, std::size_t) { error_ = error; });
        });
    }
    [[nodiscard]] const Place& place() const { return place_; }
    [[nodiscard]] std::unexpected<std::string> failed(const char* what) const {
        return std::unexpected(std::string(what) + " " + place_.url() + ": " + error_.message());
    }

private:
    using Encrypted = asio::ssl::stream<boost::beast::tcp_stream&>;

    bool with_stream(auto begin) {
        stream_.expires_after(kPatience);
        encrypted_ ? begin(*encrypted_) : begin(stream_);
        return run();
    }
    /// Runs what was begun, but not for ever.
    bool run() {
        context_.restart();
        context_.run_for(kPatience);
        return context_.stopped() && !error_;
    }

    Place place_;
    Error error_;
    asio::io_context context_;
    boost::beast::tcp_stream stream_;
    std::optional<Encrypted> encrypted_;
    boost::beast::flat_buffer buffer_;
};

http::request<http::string_body> request_of(const Place& place, const std::string& method,
                                            const std::string& target, const std::string& body) {
    http::request<http::string_body> request;
    request.method_string(method);
    request.target(target);
    request.version(11);
    request.set(http::field::host, place.host + ":" + place.port);
    request.set(http::field::connection, "close");
    if (!place.login.empty()) {
        request.set(http::field::authorization, "Basic " + base64(place.login));
    }
    if (!body.empty()) request.set(http::field::content_type, "application/json");
    request.body() = body;
    request.prepare_payload();
    return request;
}

}  // namespace

std::expected<HttpAnswer, std::string> http_request(const HttpServer& server,
                                                    const std::string& method,
                                                    const std::string& target,
                                                    const std::string& body) {
    auto place = parse_place(server.url);
    // Of what was given nothing is said: there may be a password in it.
    if (!place) return std::unexpected("the URL is not http[s]://[USER:PASSWORD@]HOST:PORT");
    Asking asking(std::move(*place));
    if (!asking.find_and_connect()) return asking.failed("cannot connect to");
    if (asking.place().encrypted()) {
        const auto tls = client::TlsContext::create({.trust_store = server.trust_store});
        if (!tls) return std::unexpected(tls.error().message());
        if (!asking.shake_hands(**tls)) return asking.failed("cannot trust");
    }
    if (!asking.write(request_of(asking.place(), method, target, body))) {
        return asking.failed("cannot ask");
    }
    http::response_parser<http::string_body> parser;
    parser.body_limit(std::numeric_limits<std::uint64_t>::max());
    if (!asking.read(parser)) return asking.failed("no answer of");
    return HttpAnswer{.status = static_cast<int>(parser.get().result_int()),
                      .body = std::move(parser.get().body())};
}

}  // namespace tern::cli
