#pragma once

#include "gateway/endpoint.h"
#include "gateway/gateway.h"

#include <span>

namespace tern::gateway {

/// Accepts connections on one address and spreads them over the shards.
///
/// Runs on: the shard it is made for.
class Listener {
public:
    /// `gateways` has one per shard. They, `shard` and `all` (the broker's places) outlive the
    /// listener; it outlives the connections it accepted.
    Listener(Shard& shard, std::span<const std::unique_ptr<Gateway>> gateways, Service service,
             Places& all);

    [[nodiscard]] const std::string& name() const { return service_.name; }
    [[nodiscard]] const Places& places() const { return own_; }
    /// Binds and listens, before the shard runs or on it. Returns where, with the port that was
    /// picked. Waits for the name's address, if `where` has a name.
    [[nodiscard]] Result<Endpoint> open(const Endpoint& where);
    void start();
    /// Accepts nobody any more. `done` runs when it is over.
    void stop(Task done);
    /// Ends those connections of which nobody knows yet what they speak; once it has stopped.
    void end_strangers();
    /// Stopped, and none of its connections is left.
    [[nodiscard]] bool is_over() const { return stopping_ && own_.taken() == 0; }

private:
    boost::asio::awaitable<void> run();
    /// All who wait at the door, up to some; errno, EAGAIN when nobody is left, 0 when some may be.
    [[nodiscard]] int accept_some();
    [[nodiscard]] bool many_are_turned_away() const;
    void hand_over(int socket, const boost::asio::ip::tcp::endpoint& remote);
    /// Says that there is no place for a peer, but not of each of many.
    void note_full(const std::string& peer, const Places& full);

    Shard& shard_;
    std::span<const std::unique_ptr<Gateway>> gateways_;
    const Service service_;
    Places& all_;
    Places own_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::size_t next_ = 0;
    Instant full_said_again_at_{};
    Task stopped_;
    bool stopping_ = false;
};

}  // namespace tern::gateway
