#include "admin/http/server.h"

#include "admin/http/session.h"
#include "base/log.h"
#include "runtime/thread.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <map>
#include <string_view>

namespace tern::admin::http {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
// When descriptors have run out, trying again at once would only burn the processor.
constexpr std::chrono::milliseconds kRetryAfter{100};

}  // namespace

Server::~Server() {
    TERN_ASSERT(!thread_.joinable());
}

Result<Server::Address> Server::open(const std::string& host, std::uint16_t port, TlsSource tls) {
    boost::system::error_code error;
    tcp::resolver resolver(context_);
    const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
    if (error) return failure(std::error_code(error));
    const tcp::endpoint address = found.begin()->endpoint();
    tcp::acceptor acceptor(context_);
    acceptor.open(address.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(address, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return failure(std::error_code(error));
    const tcp::endpoint bound = acceptor.local_endpoint(error);
    if (error) return failure(std::error_code(error));
    doors_.push_back({std::move(acceptor), std::move(tls), bound.address().is_loopback()});
    return Address{bound.address().to_string(), bound.port()};
}

void Server::start(Handler handler, Vouch vouch) {
    handler_ = std::move(handler);
    vouch_ = std::move(vouch);
    for (Door& door : doors_) {
        asio::co_spawn(context_, accept(gate_.hold(), door), asio::detached);
    }
    thread_ = start_thread("http", [this] { context_.run(); });
}

void Server::stop() {
    if (!thread_.joinable()) return;
    asio::post(context_, [this] { asio::co_spawn(context_, end(), asio::detached); });
    thread_.join();
}

asio::awaitable<void> Server::end() {
    stopping_ = true;
    boost::system::error_code ignored;
    for (Door& door : doors_) door.acceptor.close(ignored);
    while (!sessions_.empty()) (*sessions_.begin())->close();
    co_await gate_.close();
    work_.reset();
}

void Server::post(Task task) {
    // The context wants what can be copied.
    asio::post(context_, [task = std::make_shared<Task>(std::move(task))] { (*task)(); });
}

asio::awaitable<void> Server::accept(Gate::Hold hold, Door& door) {
    asio::steady_timer pause(context_);
    while (!stopping_) {
        auto [error, socket] = co_await door.acceptor.async_accept(kAsTuple);
        if (stopping_) break;
        if (error) {
            log::error("http", "cannot accept a connection: {}", error.message());
            pause.expires_after(kRetryAfter);
            const auto [cancelled] = co_await pause.async_wait(kAsTuple);
            std::ignore = cancelled;
            continue;
        }
        if (sessions_.size() >= limits_.connections && !make_room()) {
            log::warning("http", "a connection is refused: {} are served", sessions_.size());
            continue;
        }
        auto session = std::make_unique<Session>(
            *this, std::move(socket), door.tls ? door.tls() : nullptr, door.this_machine_only);
        asio::co_spawn(context_, serve(gate_.hold(), std::move(session)), asio::detached);
    }
    const Gate::Hold done = std::move(hold);
}

bool Server::make_room() {
    std::map<std::string_view, std::size_t> of_host;
    for (const Session* const one : sessions_) ++of_host[one->host()];
    Session* least = nullptr;
    for (Session* const one : sessions_) {
        if (!one->waiting_since()) continue;
        if (least != nullptr) {
            const std::size_t many = of_host[one->host()];
            const std::size_t most = of_host[least->host()];
            if (many < most) continue;
            if (many == most && *one->waiting_since() > *least->waiting_since()) continue;
        }
        least = one;
    }
    if (least == nullptr) return false;
    log::debug("http", "{} makes room", least->host());
    least->close();
    return true;
}

asio::awaitable<void> Server::serve(Gate::Hold hold, std::unique_ptr<Session> session) {
    co_await session->run();
    session.reset();
    const Gate::Hold done = std::move(hold);
}

}  // namespace tern::admin::http
