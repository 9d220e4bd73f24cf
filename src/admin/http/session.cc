#include "admin/http/session.h"

#include "admin/http/guard.h"
#include "base/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <fmt/format.h>

#include <array>

namespace tern::admin::http {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kBufferBytes = 64 * 1024;

std::string_view view(beast::string_view text) {
    return {text.data(), text.size()};
}

std::string_view reason(int status) {
    return view(beast::http::obsolete_reason(static_cast<beast::http::status>(status)));
}

std::string host_of(const asio::ip::address& address) {
    if (address.is_v4()) return address.to_string();
    const asio::ip::address_v6 v6 = address.to_v6();
    if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
    constexpr unsigned short kNetworkBits = 64;
    return asio::ip::network_v6(v6, kNetworkBits).canonical().address().to_string();
}

Response refusal(int status, std::string_view code, std::string_view text) {
    return {.status = status,
            .body = fmt::format(R"({{"error":{{"code":"{}","text":"{}"}}}})"
                                "\n",
                                code, text)};
}

/// What to say to a request that could not be read; nothing: the peer is gone.
std::optional<Response> refusal(const boost::system::error_code& error) {
    if (error == beast::http::error::end_of_stream || error == beast::error::timeout) return {};
    if (error == beast::http::error::body_limit) {
        return refusal(413, "too_large", "the body is too large");
    }
    if (error == beast::http::error::header_limit) {
        return refusal(431, "too_large", "the headers are too large");
    }
    if (error.category() !=
        beast::http::make_error_code(beast::http::error::bad_method).category()) {
        return {};
    }
    return refusal(400, "malformed", "this is no HTTP request");
}

std::string head_of(const Response& response, std::size_t bytes, bool keep_alive) {
    std::string head = fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: {}\r\n"
        "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
        "Referrer-Policy: no-referrer\r\n",
        response.status, reason(response.status), response.content_type, bytes,
        keep_alive ? "keep-alive" : "close");
    bool cached = false;
    for (const auto& [name, value] : response.headers) {
        cached = cached || name == "Cache-Control";
        head += name + ": " + value + "\r\n";
    }
    if (!cached) head += "Cache-Control: no-store\r\n";
    return head + "\r\n";
}

}  // namespace

Server::Session::Session(Server& server, asio::ip::tcp::socket socket,
                         std::shared_ptr<ssl_ctx_st> tls, bool this_machine_only)
    : server_(server),
      this_machine_only_(this_machine_only),
      stream_(std::move(socket)),
      tls_(std::move(tls)),
      buffer_(kBufferBytes),
      pause_(server.context_) {
    server_.sessions_.insert(this);
    if (tls_ != nullptr) encrypted_.emplace(stream_, SSL_new(tls_.get()));
    boost::system::error_code gone;
    const auto peer = stream_.socket().remote_endpoint(gone);
    if (gone) return;
    port_ = stream_.socket().local_endpoint(gone).port();
    host_ = host_of(peer.address());
    const std::string host = peer.address().to_string();
    peer_ =
        fmt::format(fmt::runtime(peer.address().is_v6() ? "[{}]:{}" : "{}:{}"), host, peer.port());
}

Server::Session::~Session() {
    server_.sessions_.erase(this);
}

void Server::Session::close() {
    closed_ = true;
    server_.sessions_.erase(this);
    stream_.close();
    pause_.cancel();
    if (awaited_ != nullptr) awaited_->cancel();
}

template <class T>
asio::awaitable<std::optional<T>> Server::Session::await(std::shared_ptr<Promised<T>> promised) {
    if (!promised->value) {
        awaited_ = &promised->here;
        const auto [cancelled] = co_await promised->here.async_wait(kAsTuple);
        std::ignore = cancelled;
        awaited_ = nullptr;
    }
    co_return std::move(promised->value);
}

void Server::Session::wait_for_peer() {
    waiting_since_ = std::chrono::steady_clock::now();
    stream_.expires_after(server_.limits_.patience);
}

asio::awaitable<void> Server::Session::run() {
    if (encrypted_) {
        const bool shaken = co_await shake_hands();
        if (!shaken) co_return;
    }
    co_await serve_requests();
    if (encrypted_ && !closed_) co_await say_goodbye();
}

asio::awaitable<bool> Server::Session::shake_hands() {
    wait_for_peer();
    const auto [error] = co_await encrypted_->async_handshake(Encrypted::server, kAsTuple);
    if (error && !closed_ && error != asio::error::eof && error != beast::error::timeout) {
        log::info("http", "TLS handshake of {}: {}", peer_, error.message());
    }
    co_return !error;
}

asio::awaitable<void> Server::Session::say_goodbye() {
    wait_for_peer();
    const auto [error] = co_await encrypted_->async_shutdown(kAsTuple);
    std::ignore = error;  // it ends in any case
}

asio::awaitable<void> Server::Session::serve_requests() {
    while (!closed_) {
        Parser parser;
        parser.header_limit(server_.limits_.header_bytes);
        parser.body_limit(server_.limits_.body_bytes);
        const Error error = co_await read(parser);
        if (error) {
            const auto last = refusal(error);
            if (!last || closed_) co_return;
            log::info("http", "a request is refused: {}", error.message());
            const bool written = co_await write(*last, false, false);
            std::ignore = written;
            co_return;
        }
        const bool head = parser.get().method() == beast::http::verb::head;
        const bool keep_alive = parser.keep_alive();
        const std::optional<Response> response = co_await answer(parser);
        if (closed_ || !response) co_return;
        if (response->events) {
            co_await stream(response->events);
            co_return;
        }
        const bool written = co_await write(*response, head, keep_alive);
        if (!written || !keep_alive) co_return;
    }
}

asio::awaitable<Server::Session::Error> Server::Session::read(Parser& parser) {
    wait_for_peer();
    const Error error = co_await read_header(parser);
    waiting_since_.reset();
    if (error) co_return error;
    const bool welcome = co_await may_send_body(parser);
    if (!welcome) co_return beast::http::make_error_code(beast::http::error::body_limit);
    if (view(parser.get()[beast::http::field::expect]) == "100-continue") {
        const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        const bool written = co_await write_text(go_on);
        if (!written) co_return beast::http::make_error_code(beast::http::error::end_of_stream);
    }
    wait_for_peer();
    const Error body_error = co_await read_body(parser);
    waiting_since_.reset();
    co_return body_error;
}

asio::awaitable<Server::Session::Error> Server::Session::read_header(Parser& parser) {
    if (encrypted_) {
        const auto [error, bytes] =
            co_await beast::http::async_read_header(*encrypted_, buffer_, parser, kAsTuple);
        std::ignore = bytes;
        co_return error;
    }
    const auto [error, bytes] =
        co_await beast::http::async_read_header(stream_, buffer_, parser, kAsTuple);
    std::ignore = bytes;
    co_return error;
}

asio::awaitable<Server::Session::Error> Server::Session::read_body(Parser& parser) {
    if (encrypted_) {
        const auto [error, bytes] =
            co_await beast::http::async_read(*encrypted_, buffer_, parser, kAsTuple);
        std::ignore = bytes;
        co_return error;
    }
    const auto [error, bytes] =
        co_await beast::http::async_read(stream_, buffer_, parser, kAsTuple);
    std::ignore = bytes;
    co_return error;
}

asio::awaitable<bool> Server::Session::may_send_body(const Parser& parser) {
    const std::uint64_t bytes = parser.content_length().value_or(0);
    if (!parser.chunked() && bytes <= server_.limits_.strangers_body_bytes) co_return true;
    if (!server_.vouch_) co_return true;
    const auto promised = std::make_shared<Promised<bool>>(server_.context_);
    server_.vouch_(request_of(parser), [promised](bool good) {
        promised->value = good;
        promised->here.cancel();
    });
    const std::optional<bool> good = co_await await(promised);
    co_return good.value_or(false);
}

Request Server::Session::request_of(const Parser& parser) const {
    using beast::http::field;
    const auto& message = parser.get();
    const std::string_view site = view(message["Sec-Fetch-Site"]);
    return {.method = std::string(view(message.method_string())),
            .target = std::string(view(message.target())),
            .content_type = std::string(view(message[field::content_type])),
            .accept = std::string(view(message[field::accept])),
            .authorization = std::string(view(message[field::authorization])),
            .cookie = std::string(view(message[field::cookie])),
            .from_script = message.count("X-Requested-With") > 0,
            .peer = peer_,
            .port = port_,
            .encrypted = encrypted_.has_value(),
            .from_other_site = site == "cross-site" || site == "same-site",
            .selector = std::string(view(message["selector"]))};
}

asio::awaitable<std::optional<Response>> Server::Session::answer(Parser& parser) {
    using beast::http::field;
    auto& message = parser.get();
    Request request = request_of(parser);
    request.body = std::move(message.body());
    const Provenance from{.method = request.method,
                          .host = view(message[field::host]),
                          .origin = view(message[field::origin])};
    if (!is_welcome(from, this_machine_only_)) {
        co_return refusal(403, "foreign_origin", "requests of other sites' pages are refused");
    }
    const auto promised = std::make_shared<Promised<Response>>(server_.context_);
    server_.handler_(std::move(request), [promised](Response response) {
        promised->value = std::move(response);
        promised->here.cancel();
    });
    std::optional<Response> response = co_await await(promised);
    co_return response;
}

asio::awaitable<bool> Server::Session::write(const Response& response, bool head, bool keep_alive) {
    const std::string_view body = response.fixed.empty() ? response.body : response.fixed;
    const std::string header = head_of(response, body.size(), keep_alive);
    const std::array<asio::const_buffer, 2> pieces{
        asio::buffer(header), head ? asio::const_buffer() : asio::buffer(body)};
    const bool written = co_await write_pieces(pieces);
    co_return written;
}

asio::awaitable<bool> Server::Session::write_text(const std::string& text) {
    const std::array<asio::const_buffer, 2> pieces{asio::buffer(text)};
    const bool written = co_await write_pieces(pieces);
    co_return written;
}

asio::awaitable<bool> Server::Session::write_pieces(std::array<asio::const_buffer, 2> pieces) {
    wait_for_peer();
    Error failed;
    if (encrypted_) {
        const auto [error, bytes] = co_await asio::async_write(*encrypted_, pieces, kAsTuple);
        std::ignore = bytes;
        failed = error;
    } else {
        const auto [error, bytes] = co_await asio::async_write(stream_, pieces, kAsTuple);
        std::ignore = bytes;
        failed = error;
    }
    waiting_since_.reset();
    co_return !failed;
}

asio::awaitable<void> Server::Session::stream(const EventSource& events) {
    const std::string head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";
    bool open = co_await write_text(head);
    while (open && !closed_) {
        const auto promised = std::make_shared<Promised<std::string>>(server_.context_);
        events([promised](std::string event) {
            promised->value = std::move(event);
            promised->here.cancel();
        });
        const std::optional<std::string> next = co_await await(promised);
        if (closed_ || !next || next->empty()) co_return;
        const std::string event = "data: " + *next + "\n\n";
        open = co_await write_text(event);
        if (!open || closed_) co_return;
        pause_.expires_after(server_.limits_.event_period);
        const auto [cancelled] = co_await pause_.async_wait(kAsTuple);
        std::ignore = cancelled;
    }
}

}  // namespace tern::admin::http
