#include "gateway/listener.h"

#include "base/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <unistd.h>

namespace tern::gateway {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr int kBacklog = 5000;
// Then it is everybody else's turn.
constexpr int kAcceptedAtOnce = 64;
// When descriptors have run out, trying again at once would only burn the processor.
constexpr Millis kRetryAfter{100};
// While many who come are turned away (guessing passwords, say), they are let in together, so that
// they interrupt those who are in less often.
constexpr std::size_t kManyTurnedAway = 50;
constexpr Millis kLetInEvery{20};
// As of other limits (`engine/shard_limits.cc`).
constexpr std::chrono::seconds kFullSaidEvery{30};

}  // namespace

Listener::Listener(Shard& shard, std::span<const std::unique_ptr<Gateway>> gateways,
                   Service service, Places& all)
    : shard_(shard),
      gateways_(gateways),
      service_(std::move(service)),
      all_(all),
      own_(service_.connections_max),
      acceptor_(shard.context()) {}

Result<Endpoint> Listener::open(const Endpoint& where) {
    boost::system::error_code error;
    tcp::resolver resolver(shard_.context());
    const auto found =
        resolver.resolve(where.host, std::to_string(where.port), tcp::resolver::passive, error);
    if (error) return failure(std::error_code(error));
    const tcp::endpoint address = found.begin()->endpoint();
    acceptor_.open(address.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    // The sockets that are accepted have it from here.
    if (!error) acceptor_.set_option(tcp::no_delay(true), error);
    if (!error) acceptor_.bind(address, error);
    if (!error) acceptor_.listen(kBacklog, error);
    if (!error) acceptor_.native_non_blocking(true, error);
    if (error) return failure(std::error_code(error));
    const tcp::endpoint bound = acceptor_.local_endpoint(error);
    if (error) return failure(std::error_code(error));
    return Endpoint{bound.address().to_string(), bound.port()};
}

void Listener::start() {
    asio::co_spawn(shard_.context(), run(), asio::detached);
}

asio::awaitable<void> Listener::run() {
    asio::steady_timer pause(shard_.context());
    while (!stopping_) {
        const auto [error] = co_await acceptor_.async_wait(acceptor_.wait_read, kAsTuple);
        if (error || stopping_) continue;
        const int problem = accept_some();
        if (problem == 0 || (problem == EAGAIN && !many_are_turned_away())) continue;
        if (problem != EAGAIN) {
            log::error("gateway", "cannot accept a connection: {}",
                       std::generic_category().message(problem));
        }
        pause.expires_after(problem == EAGAIN ? kLetInEvery : kRetryAfter);
        const auto [cancelled] = co_await pause.async_wait(kAsTuple);
        std::ignore = cancelled;
    }
    if (stopped_) std::exchange(stopped_, nullptr)();
}

/// Sockets go to other shards as they are: asio's own way here would register each of them with
/// this shard first.
int Listener::accept_some() {
    for (int count = 0; count < kAcceptedAtOnce; ++count) {
        tcp::endpoint remote;
        auto size = static_cast<socklen_t>(remote.capacity());
        const int socket = ::accept4(acceptor_.native_handle(), remote.data(), &size,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket >= 0) {
            remote.resize(size);
            hand_over(socket, remote);
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return errno == EWOULDBLOCK ? EAGAIN : errno;
        }
    }
    return 0;
}

bool Listener::many_are_turned_away() const {
    std::size_t lately = 0;
    for (const auto& gateway : gateways_) lately += gateway->turned_away();
    return lately >= kManyTurnedAway;
}

void Listener::hand_over(int socket, const tcp::endpoint& remote) {
    const std::string peer = to_text({remote.address().to_string(), remote.port()});
    if (service_.proxied && !service_.proxies.contain(remote.address())) {
        ::close(socket);
        return log::warning("gateway",
                            "{}: connection refused: it comes from none of the proxies that this "
                            "listener trusts",
                            peer);
    }
    Admission admission{.of_listener = own_.take(), .of_broker = all_.take()};
    if (admission.of_listener == nullptr || admission.of_broker == nullptr) {
        ::close(socket);
        return note_full(peer, admission.of_listener == nullptr ? own_ : all_);
    }
    Gateway* const gateway = gateways_[next_++ % gateways_.size()].get();
    shard_.post(gateway->shard().id(), [gateway, socket, &service = service_, peer,
                                        admission = std::move(admission)]() mutable {
        gateway->adopt(socket, service, peer, std::move(admission));
    });
}

void Listener::note_full(const std::string& peer, const Places& full) {
    const Instant now = shard_.clock().now();
    if (now < full_said_again_at_) return;
    full_said_again_at_ = now + kFullSaidEvery;
    log::warning("gateway",
                 "{}: connection refused: exceeded the maximum number of allowed client "
                 "connections ({} {}); {} refused since the start",
                 peer, full.max(), &full == &own_ ? "at this listener" : "at this broker",
                 full.refused());
}

void Listener::end_strangers() {
    for (const auto& gateway : gateways_) {
        // Behind those that it has handed over.
        gateway->shard().deliver([this, to = gateway.get()] { to->end_strangers(service_); });
    }
}

void Listener::stop(Task done) {
    stopping_ = true;
    stopped_ = std::move(done);
    boost::system::error_code ignored;
    acceptor_.close(ignored);
}

}  // namespace tern::gateway
