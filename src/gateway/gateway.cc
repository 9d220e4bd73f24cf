#include "gateway/gateway.h"

#include "base/log.h"

#include <unistd.h>

namespace tern::gateway {

Gateway::Gateway(Shard& shard, engine::ShardBroker& broker) : shard_(shard), broker_(broker) {}

Gateway::~Gateway() {
    TERN_ASSERT(pumps_.empty());
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

void Gateway::forget(Pump& pump) {
    // Called from the pump's last coroutine, which must end before its memory goes.
    shard_.at_turn_end([this, &pump] {
        pumps_.erase(&pump);
        check_stopped();
    });
}

void Gateway::stop(Task done) {
    stopping_ = true;
    stopped_ = std::move(done);
    for (const auto& [address, pump] : pumps_) pump->shut_down();
    check_stopped();
}

void Gateway::check_stopped() {
    if (stopping_ && pumps_.empty() && stopped_) std::exchange(stopped_, nullptr)();
}

}  // namespace tern::gateway
