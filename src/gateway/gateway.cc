#include "gateway/gateway.h"

#include "base/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/socket.h>

#include <unistd.h>

namespace tern::gateway {
namespace asio = boost::asio;
namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
// How long a peer may take to end when it was told that this is the end, and how much it may send.
constexpr Millis kLeavingMax{2000};
constexpr std::size_t kLeavingBytesMax = std::size_t{4} * 1024 * 1024;
// Others are closed at once.
constexpr std::size_t kLeavingCountMax = 1000;
// How long a stranger gets to read why it is refused.
constexpr Millis kStrangerLeavingMax{500};

}  // namespace

Gateway::Gateway(Shard& shard, engine::ShardBroker& broker, Lane& goodbyes)
    : shard_(shard),
      broker_(broker),
      intake_(shard,
              [&broker] {
                  return Intake::Consumers{broker.consumers_starve(), broker.consumed_bytes()};
              }),
      goodbyes_(goodbyes) {}

Gateway::~Gateway() {
    TERN_ASSERT(pumps_.empty() && leaving_.empty() && parting_.empty() && strangers_.empty());
}

void Gateway::adopt(int socket, const Service& service, std::string peer, Admission admission) {
    if (stopping_) {
        ::close(socket);
        return;
    }
    boost::asio::ip::tcp::socket owned(shard_.context());
    boost::system::error_code error;
    owned.assign(boost::asio::ip::tcp::v6(), socket, error);
    if (!error) owned.non_blocking(true, error);
    if (error) {
        // The peer may be gone already; then this is not worth a line.
        log::debug("gateway", "{}: connection lost at once: {}", peer, error.message());
        return;
    }
    auto pump = std::make_unique<Pump>(*this, std::move(owned), service, std::move(peer),
                                       std::move(admission));
    Pump& started = *pump;
    pumps_.emplace(&started, std::move(pump));
    started.start();
}

Gateway::Leaving::Leaving(asio::ip::tcp::socket peer) : socket(std::move(peer)) {}

void Gateway::Leaving::close() {
    boost::system::error_code ignored;
    socket.close(ignored);
}

void Gateway::see_off(asio::ip::tcp::socket socket) {
    boost::system::error_code error;
    socket.shutdown(socket.shutdown_send, error);
    if (error || stopping_ || leaving_.size() >= kLeavingCountMax) return;
    const auto one = leaving_.emplace(leaving_.end(), std::move(socket));
    shard_.timers().arm(one->limit, shard_.clock().now() + kLeavingMax);
    asio::co_spawn(shard_.context(), await_end(one), asio::detached);
}

asio::awaitable<void> Gateway::await_end(std::list<Leaving>::iterator one) {
    for (std::size_t bytes = 0; bytes < kLeavingBytesMax;) {
        // Nobody looks at it: that it is everybody's does no harm.
        const auto into = asio::buffer(scratch_);
        const auto [error, count] = co_await one->socket.async_read_some(into, kAsTuple);
        if (error) break;
        bytes += count;
    }
    shard_.at_turn_end([this, one] {
        leaving_.erase(one);
        check_stopped();
    });
}

void Gateway::see_off_stranger(asio::ip::tcp::socket socket) {
    boost::system::error_code error;
    const int descriptor = socket.release(error);
    if (error) return;
    if (parting_.empty()) shard_.at_turn_end([this] { end_streams(); });
    parting_.push_back(descriptor);
}

void Gateway::end_streams() {
    goodbyes_.submit([sockets = parting_] {
        for (const int socket : sockets) ::shutdown(socket, SHUT_WR);
    });
    const Instant until = shard_.clock().now() + kStrangerLeavingMax;
    strangers_count_ += parting_.size();
    strangers_.push_back({until, std::exchange(parting_, {})});
    while (!strangers_.empty() && (stopping_ || strangers_count_ > kLeavingCountMax)) {
        close_first_strangers();
    }
    if (!strangers_.empty() && !strangers_limit_.armed()) {
        shard_.timers().arm(strangers_limit_, until);
    }
}

void Gateway::close_strangers() {
    const Instant now = shard_.clock().now();
    while (!strangers_.empty() && strangers_.front().until <= now) close_first_strangers();
    if (!strangers_.empty()) shard_.timers().arm(strangers_limit_, strangers_.front().until);
}

void Gateway::close_first_strangers() {
    strangers_count_ -= strangers_.front().sockets.size();
    goodbyes_.submit([sockets = std::move(strangers_.front().sockets)] {
        for (const int socket : sockets) ::close(socket);
    });
    strangers_.pop_front();
}

void Gateway::forget(Pump& pump) {
    // Called from the pump's last coroutine, which must end before its memory goes.
    shard_.at_turn_end([this, &pump] {
        pumps_.erase(&pump);
        check_stopped();
    });
}

void Gateway::note_end(std::string_view peer, std::string_view reason, bool admitted) {
    if (admitted) return log::warning("gateway", "{}: connection closed: {}", peer, reason);
    // A kind of their own: strangers come as often as they like, and the log limits each kind.
    log::warning("gateway", "{}: connection closed: {}; it had not logged in", peer, reason);
}

void Gateway::end_strangers(const Service& service) {
    for (const auto& [address, pump] : pumps_) pump->end_stranger(service);
}

void Gateway::stop(Task done) {
    stopping_ = true;
    stopped_ = std::move(done);
    for (const auto& [address, pump] : pumps_) pump->shut_down();
    for (Leaving& one : leaving_) one.close();
    while (!strangers_.empty()) close_first_strangers();
    check_stopped();
}

void Gateway::check_stopped() {
    if (stopping_ && pumps_.empty() && leaving_.empty() && stopped_)
        std::exchange(stopped_, nullptr)();
}

}  // namespace tern::gateway
