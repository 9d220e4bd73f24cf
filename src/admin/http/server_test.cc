#include "admin/http/server.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <thread>

namespace tern::admin::http {
namespace {

using boost::asio::ip::tcp;
using testing::HasSubstr;
using testing::StartsWith;

/// A server that answers with what it was asked, and a client of plain text.
class HttpServer : public testing::Test {
protected:
    HttpServer() : server_({.header_bytes = 2048, .body_bytes = 1000, .event_period = {}}) {
        address_ = server_.open("127.0.0.1", 0).value();
        server_.start([this](Request request, Respond respond) {
            if (request.target == "/later") {
                // Somebody else has the answer, and brings it on a thread of their own.
                later_ = std::make_shared<Respond>(std::move(respond));
                std::thread([this, answer = later_] {
                    server_.post([answer] { (*answer)({.body = "later"}); });
                }).detach();
                return;
            }
            if (request.target == "/never") {
                kept_.push_back(std::move(respond));
                return asked_.count_down();
            }
            if (request.target == "/events") {
                return respond({.events = [n = 0](auto next) mutable {
                    next(n < 3 ? std::to_string(++n) : "");
                }});
            }
            if (request.target == "/fixed") return respond({.fixed = "fixed"});
            respond({.status = 201,
                     .content_type = "text/plain",
                     .body = request.method + " " + request.target + " " + request.content_type +
                             " " + request.body,
                     .headers = {{"X-More", "m"}}});
        });
    }
    ~HttpServer() override { server_.stop(); }

    tcp::socket connect() {
        tcp::socket socket(context_);
        socket.connect({boost::asio::ip::make_address("127.0.0.1"), address_.port});
        return socket;
    }
    /// All that comes until the server closes.
    static std::string rest_of(tcp::socket& socket) {
        std::string text;
        boost::system::error_code end;
        boost::asio::read(socket, boost::asio::dynamic_buffer(text), end);
        return text;
    }
    std::string ask(const std::string& request) {
        tcp::socket socket = connect();
        boost::asio::write(socket, boost::asio::buffer(request));
        return rest_of(socket);
    }
    std::string get(const std::string& target, const std::string& method = "GET") {
        return ask(method + " " + target +
                   " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    }

    boost::asio::io_context context_;
    Server server_;
    Server::Address address_;
    std::shared_ptr<Respond> later_;
    std::vector<Respond> kept_;
    std::latch asked_{1};
};

TEST_F(HttpServer, answers_requests_on_one_connection) {
    const std::string post =
        "POST /a?b HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/x\r\nContent-Length: 2\r\n";
    const std::string answers = ask(post + "\r\nhi" + post + "Connection: close\r\n\r\nho");
    EXPECT_THAT(answers, StartsWith("HTTP/1.1 201 Created\r\n"));
    EXPECT_THAT(answers, HasSubstr("X-More: m\r\n"));
    EXPECT_THAT(answers, HasSubstr("\r\n\r\nPOST /a?b text/x hiHTTP/1.1 201"));
    EXPECT_TRUE(answers.ends_with("\r\n\r\nPOST /a?b text/x ho"));
}

TEST_F(HttpServer, answers_when_somebody_has_the_answer) {
    EXPECT_TRUE(get("/later").ends_with("\r\n\r\nlater"));
    EXPECT_TRUE(
        get("/fixed").ends_with("Content-Length: 5\r\nConnection: close\r\n"
                                "X-Content-Type-Options: nosniff\r\n"
                                "X-Frame-Options: DENY\r\n"
                                "Referrer-Policy: no-referrer\r\n"
                                "Cache-Control: no-store\r\n\r\nfixed"));
    EXPECT_TRUE(get("/fixed", "HEAD").ends_with("\r\n\r\n"));
}

TEST_F(HttpServer, streams_events) {
    EXPECT_TRUE(get("/events").ends_with("\r\n\r\ndata: 1\n\ndata: 2\n\ndata: 3\n\n"));
}

TEST_F(HttpServer, waits_for_leave_to_go_on) {
    tcp::socket socket = connect();
    boost::asio::write(socket, boost::asio::buffer(std::string(
                                   "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
                                   "Expect: 100-continue\r\nConnection: close\r\n\r\n")));
    std::string text;
    boost::asio::read_until(socket, boost::asio::dynamic_buffer(text), "\r\n\r\n");
    EXPECT_EQ(text, "HTTP/1.1 100 Continue\r\n\r\n");
    boost::asio::write(socket, boost::asio::buffer(std::string("ok")));
    EXPECT_TRUE(rest_of(socket).ends_with("POST /  ok"));
}

TEST_F(HttpServer, refuses_what_is_too_much_or_no_http) {
    EXPECT_THAT(ask("what?\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(
        ask("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(3000, 'x') + "\r\n\r\n"),
        StartsWith("HTTP/1.1 431 "));
    EXPECT_THAT(ask("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n"),
                StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(ask("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
                StartsWith("HTTP/1.1 403 "));
    EXPECT_THAT(get("/x"), StartsWith("HTTP/1.1 201 "));
}

TEST_F(HttpServer, who_keeps_silent_makes_room_those_of_the_busiest_host_first) {
    Server small({.connections = 3, .patience = std::chrono::hours(1)});
    const std::uint16_t port = small.open("127.0.0.1", 0).value().port;
    small.start([](const Request&, Respond respond) { respond({.body = "served"}); });
    const auto connect_from = [&](const char* host) {
        tcp::socket socket(context_);
        socket.open(tcp::v4());
        socket.bind({boost::asio::ip::make_address(host), 0});
        socket.connect({boost::asio::ip::make_address("127.0.0.1"), port});
        return socket;
    };
    const auto ask_by = [](tcp::socket& socket, const char* connection = "keep-alive") {
        boost::asio::write(
            socket,
            boost::asio::buffer(fmt::format(
                "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: {}\r\n\r\n", connection)));
        std::string text;
        boost::asio::read_until(socket, boost::asio::dynamic_buffer(text), "served");
    };
    tcp::socket other = connect_from("127.0.0.3");
    ask_by(other);  // from now on it waits for longer than all others
    tcp::socket first = connect_from("127.0.0.2");
    tcp::socket second = connect_from("127.0.0.2");
    tcp::socket third = connect_from("127.0.0.2");
    EXPECT_EQ(rest_of(first), "") << "a fourth one came";
    tcp::socket fourth = connect_from("127.0.0.4");
    ask_by(fourth);
    EXPECT_EQ(rest_of(second), "");
    ask_by(other, "close");
    ask_by(third, "close");
    small.stop();
}

TEST_F(HttpServer, who_is_served_makes_no_room) {
    Server small({.connections = 1, .patience = std::chrono::hours(1)});
    const Server::Address address = small.open("127.0.0.1", 0).value();
    Respond kept;
    std::latch asked{1};
    small.start([&](const Request&, Respond respond) {
        kept = std::move(respond);
        asked.count_down();
    });
    address_.port = address.port;
    tcp::socket busy = connect();
    boost::asio::write(
        busy, boost::asio::buffer(
                  std::string("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")));
    asked.wait();
    tcp::socket refused = connect();
    EXPECT_EQ(rest_of(refused), "");
    small.post([&] { kept({.body = "served"}); });
    EXPECT_TRUE(rest_of(busy).ends_with("served"));
    small.stop();
}

TEST_F(HttpServer, stops_with_requests_under_way) {
    tcp::socket waiting = connect();
    boost::asio::write(waiting, boost::asio::buffer(
                                    std::string("GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n")));
    tcp::socket silent = connect();
    asked_.wait();
    server_.stop();
    EXPECT_EQ(rest_of(waiting), "");
    for (Respond& respond : kept_) respond({.body = "too late"});
}

}  // namespace
}  // namespace tern::admin::http
