#pragma once

#include "admin/http/server.h"

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace tern::admin::http {

/// One connection: a request after the other, or a stream of events at the end.
///
/// Runs on: the server's thread.
class Server::Session {
public:
    /// `tls`: OpenSSL's, for this connection; null: it is in the open.
    Session(Server& server, boost::asio::ip::tcp::socket socket, std::shared_ptr<ssl_ctx_st> tls,
            bool this_machine_only);
    ~Session();

    boost::asio::awaitable<void> run();
    /// What is under way ends soon.
    void close();

    using Time = std::chrono::steady_clock::time_point;
    /// Since when it is the peer's turn; nothing: it is ours.
    [[nodiscard]] std::optional<Time> waiting_since() const { return waiting_since_; }
    /// Of the peer: its address; of IPv6 its network, in which it may have any address.
    [[nodiscard]] const std::string& host() const { return host_; }

private:
    using Encrypted = boost::asio::ssl::stream<boost::beast::tcp_stream&>;
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
    using Error = boost::system::error_code;

    /// Something that comes later, on this thread. Lives as long as whoever brings it.
    template <class T>
    struct Promised {
        explicit Promised(boost::asio::io_context& context)
            : here(context, boost::asio::steady_timer::time_point::max()) {}
        std::optional<T> value;
        boost::asio::steady_timer here;  ///< cancelled when the value is there
    };

    /// Returns when the value is there, or without it when the session is closed.
    template <class T>
    [[nodiscard]] boost::asio::awaitable<std::optional<T>> await(
        std::shared_ptr<Promised<T>> promised);
    boost::asio::awaitable<void> serve_requests();
    /// False: it came to nothing.
    [[nodiscard]] boost::asio::awaitable<bool> shake_hands();
    boost::asio::awaitable<void> say_goodbye();
    /// From here on the peer has so much time for what it has to do.
    void wait_for_peer();
    [[nodiscard]] boost::asio::awaitable<Error> read(Parser& parser);
    [[nodiscard]] boost::asio::awaitable<Error> read_header(Parser& parser);
    [[nodiscard]] boost::asio::awaitable<Error> read_body(Parser& parser);
    /// Whether the body may be read: it is small, or somebody vouches for who sends it.
    [[nodiscard]] boost::asio::awaitable<bool> may_send_body(const Parser& parser);
    /// Without its body.
    [[nodiscard]] Request request_of(const Parser& parser) const;
    [[nodiscard]] boost::asio::awaitable<std::optional<Response>> answer(Parser& parser);
    /// False: the peer does not take it.
    [[nodiscard]] boost::asio::awaitable<bool> write(const Response& response, bool head,
                                                     bool keep_alive);
    [[nodiscard]] boost::asio::awaitable<bool> write_text(const std::string& text);
    [[nodiscard]] boost::asio::awaitable<bool> write_pieces(
        std::array<boost::asio::const_buffer, 2> pieces);
    boost::asio::awaitable<void> stream(const EventSource& events);

    Server& server_;
    const bool this_machine_only_;
    boost::beast::tcp_stream stream_;
    const std::shared_ptr<ssl_ctx_st> tls_;
    std::optional<Encrypted> encrypted_;  ///< over `stream_`
    boost::beast::flat_buffer buffer_;
    boost::asio::steady_timer pause_;
    boost::asio::steady_timer* awaited_ = nullptr;  ///< of what `run` waits for
    std::optional<Time> waiting_since_;
    std::string peer_;  ///< its address and port
    std::uint16_t port_ = 0;
    std::string host_;
    bool closed_ = false;
};

}  // namespace tern::admin::http
