#include "gateway/web_socket_upgrade.h"

#include "bytes/base64.h"
#include "bytes/buffer.h"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <vector>

namespace tern::gateway {
namespace http = boost::beast::http;
namespace {

using Request = http::request<http::empty_body>;

std::string accept_key(std::string key) {
    key += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455, 1.3
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(key.data(), key.size(), digest.data(), &size, EVP_sha1(), nullptr);
    return base64(as_text(Bytes(digest).first(size)));
}

/// Sixteen bytes in base64.
bool is_key(std::string_view text) {
    constexpr std::size_t kKeyChars = 24;
    constexpr int kBytesWithPadding = 18;
    std::array<unsigned char, kBytesWithPadding> bytes{};
    return text.size() == kKeyChars && text.ends_with("==") &&
           EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                           kKeyChars) == kBytesWithPadding;
}

std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

/// A field may come several times and have several tokens each time.
std::vector<std::string_view> tokens(const Request& request, http::field field) {
    std::vector<std::string_view> found;
    const auto [begin, end] = request.equal_range(field);
    for (auto one = begin; one != end; ++one) {
        for (const auto token : http::token_list(one->value())) found.push_back(view(token));
    }
    return found;
}

bool has_token(const Request& request, http::field field, boost::beast::string_view wanted) {
    const auto [begin, end] = request.equal_range(field);
    return std::any_of(
        begin, end, [&](const auto& one) { return http::token_list(one.value()).exists(wanted); });
}

Upgrade refuse(std::string_view status, std::string problem) {
    std::string answer("HTTP/1.1 ");
    answer.append(status).append(
        "\r\nConnection: close\r\nContent-Length: 0\r\nSec-WebSocket-Version: 13\r\n\r\n");
    return {std::move(answer), std::move(problem), {}};
}

}  // namespace

Upgrade refuse_long_request() {
    return refuse("431 Request Header Fields Too Large", "an HTTP request that is too long");
}

Upgrade answer_upgrade(std::string_view head, std::span<const std::string_view> known) {
    http::request_parser<http::empty_body> parser;
    boost::beast::error_code error;
    parser.put(boost::asio::buffer(head.data(), head.size()), error);
    if (error || !parser.is_header_done()) {
        return refuse("400 Bad Request", "an HTTP request that makes no sense");
    }
    const Request& request = parser.get();
    if (request.method() != http::verb::get || request.version() != 11 ||
        !has_token(request, http::field::upgrade, "websocket") ||
        !has_token(request, http::field::connection, "upgrade") ||
        request[http::field::sec_websocket_version] != "13") {
        return refuse("426 Upgrade Required\r\nUpgrade: websocket",
                      "an HTTP request for no WebSocket of version 13");
    }
    const std::string key(view(request[http::field::sec_websocket_key]));
    if (!is_key(key) || request.count(http::field::host) != 1) {
        return refuse("400 Bad Request", "a request for a WebSocket without its key or host");
    }
    const auto offered = tokens(request, http::field::sec_websocket_protocol);
    const auto chosen = std::ranges::find_if(known, [&](std::string_view name) {
        return std::ranges::find(offered, name) != offered.end();
    });
    if (!offered.empty() && chosen == known.end()) {
        return refuse("400 Bad Request", "a WebSocket for no protocol that is spoken here");
    }
    Upgrade upgrade;
    if (!offered.empty()) upgrade.subprotocol = *chosen;
    upgrade.answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        accept_key(key) + "\r\n" +
        (offered.empty() ? "" : "Sec-WebSocket-Protocol: " + upgrade.subprotocol + "\r\n") + "\r\n";
    return upgrade;
}

}  // namespace tern::gateway
