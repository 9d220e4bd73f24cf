#pragma once

#include "admin/http_message.h"
#include "base/result.h"
#include "runtime/gate.h"
#include "runtime/loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <thread>

struct ssl_ctx_st;

namespace tern::admin::http {

struct Limits {
    /// One more takes the place of one that waits for its peer: that which waits longest of the
    /// host that has most.
    std::size_t connections = 256;
    std::uint32_t header_bytes = 16 * 1024;
    std::uint64_t body_bytes = 16 * 1024 * 1024;
    /// Of those whom nobody vouches for.
    std::uint64_t strangers_body_bytes = 64 * 1024;
    /// For the peer to send a request, and to take its answer.
    std::chrono::milliseconds patience{30'000};
    /// Between two events of a stream.
    std::chrono::milliseconds event_period{1'000};
};

/// Serves HTTP on a thread of its own. Made, opened, started and stopped on one other thread.
class Server {
public:
    /// Called on the server's thread; answers there, at once or later.
    using Handler = std::function<void(Request, Respond)>;

    explicit Server(Limits limits) : limits_(limits) {}
    Server() : Server(Limits{}) {}
    ~Server();

    struct Address {
        std::string host;
        std::uint16_t port = 0;
    };
    /// OpenSSL's, for a new connection. It and what it refers to live as long as the pointer.
    using TlsSource = std::function<std::shared_ptr<ssl_ctx_st>()>;
    /// Binds and listens; returns where, with the port that was picked. `tls` null: in the open.
    /// May be called several times.
    [[nodiscard]] Result<Address> open(const std::string& host, std::uint16_t port,
                                       TlsSource tls = nullptr);
    /// Says whether the sender of a request, whose body has not been read yet, may send a large
    /// one.
    using Vouch = std::function<void(Request, std::move_only_function<void(bool)>)>;
    /// `vouch` null: everybody may.
    void start(Handler handler, Vouch vouch = nullptr);
    /// Ends all connections and the thread. Whoever has yet to answer must still be able to.
    void stop();

    /// Runs `task` on the server's thread; from any thread. After `stop` it is not run any more.
    void post(Task task);

private:
    class Session;

    /// One place where it listens.
    struct Door {
        boost::asio::ip::tcp::acceptor acceptor;
        TlsSource tls;
        bool this_machine_only = true;
    };

    boost::asio::awaitable<void> accept(Gate::Hold hold, Door& door);
    /// False: all others are served at the moment.
    [[nodiscard]] bool make_room();
    static boost::asio::awaitable<void> serve(Gate::Hold hold, std::unique_ptr<Session> session);
    boost::asio::awaitable<void> end();

    const Limits limits_;
    Handler handler_;
    Vouch vouch_;
    bool stopping_ = false;
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
        context_.get_executor()};
    std::list<Door> doors_;
    Gate gate_;
    std::set<Session*> sessions_;  ///< without those that were closed
    std::thread thread_;
};

}  // namespace tern::admin::http
