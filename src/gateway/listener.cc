#include "gateway/listener.h"

#include "base/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <unistd.h>

namespace tern::gateway {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr int kBacklog = 5000;
// When descriptors have run out, trying again at once would only burn the processor.
constexpr Millis kRetryAfter{100};

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
    if (!error) acceptor_.bind(address, error);
    if (!error) acceptor_.listen(kBacklog, error);
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
        auto [error, socket] = co_await acceptor_.async_accept(kAsTuple);
        if (!error) {
            hand_over(std::move(socket));
        } else if (!stopping_) {
            log::error("gateway", "cannot accept a connection: {}", error.message());
            pause.expires_after(kRetryAfter);
            const auto [cancelled] = co_await pause.async_wait(kAsTuple);
            std::ignore = cancelled;
        }
    }
    if (stopped_) std::exchange(stopped_, nullptr)();
}

void Listener::hand_over(tcp::socket socket) {
    boost::system::error_code error;
    const tcp::endpoint remote = socket.remote_endpoint(error);
    if (error) return;  // gone before it was here, as probes are
    const std::string peer = to_text({remote.address().to_string(), remote.port()});
    Admission admission;
    if (const auto refusal = admit(remote.address(), admission)) {
        return log::warning("gateway", "{}: connection refused: {}", peer, *refusal);
    }
    const int descriptor = socket.release(error);
    if (error) return;
    Gateway* const gateway = gateways_[next_++ % gateways_.size()].get();
    shard_.post(gateway->shard().id(), [gateway, descriptor, &service = service_, peer,
                                        admission = std::move(admission)]() mutable {
        gateway->adopt(descriptor, service, peer, std::move(admission));
    });
}

std::optional<std::string> Listener::admit(const asio::ip::address& peer, Admission& admission) {
    if (service_.proxied && !service_.proxies.contain(peer)) {
        return "it comes from none of the proxies that this listener trusts";
    }
    admission = {own_.take(), all_.take()};
    const bool own_full = admission.of_listener == nullptr;
    if (!own_full && admission.of_broker != nullptr) return {};
    return fmt::format("exceeded the maximum number of allowed client connections ({} {})",
                       own_full ? own_.max() : all_.max(),
                       own_full ? "at this listener" : "at this broker");
}

void Listener::stop(Task done) {
    stopping_ = true;
    stopped_ = std::move(done);
    boost::system::error_code ignored;
    acceptor_.close(ignored);
}

}  // namespace tern::gateway
