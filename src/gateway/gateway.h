#pragma once

#include "gateway/intake.h"
#include "gateway/pump.h"
#include "runtime/lane.h"

#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

namespace tern::gateway {

/// All connections of one shard.
///
/// Runs on: that shard, but for the constructor and destructor.
class Gateway {
public:
    /// `goodbyes` is asked to end the connections of strangers; it may take its time.
    Gateway(Shard& shard, engine::ShardBroker& broker, Lane& goodbyes);
    ~Gateway();

    /// Takes over a connected socket. `service` outlives this object.
    void adopt(int socket, const Service& service, std::string peer, Admission admission);
    /// As `Pump::end_stranger`, all of them.
    void end_strangers(const Service& service);
    /// Says good-bye to every peer; `done` runs when the last connection has ended.
    void stop(Task done);

    [[nodiscard]] Shard& shard() { return shard_; }
    [[nodiscard]] engine::ShardBroker& broker() { return broker_; }
    /// Memory to read into, for the moment of one call.
    [[nodiscard]] std::span<std::uint8_t> scratch() { return scratch_; }
    [[nodiscard]] Intake& intake() { return intake_; }
    /// Closes the socket when the peer has done so, or after a while. One that is closed while its
    /// peer still sends answers with a reset, which takes the last words away that the peer has not
    /// read yet, such as the reason why it ends.
    void see_off(boost::asio::ip::tcp::socket socket);
    /// As `see_off` for one that nobody let in: it is not read, and closed after a while. Others do
    /// not wait for what that costs, however many they are.
    void see_off_stranger(boost::asio::ip::tcp::socket socket);
    /// How many strangers it has seen off of late. From any thread.
    [[nodiscard]] std::size_t turned_away() const { return strangers_count_; }
    /// Says why a connection was closed; of those that nobody let in, not too often.
    void note_end(std::string_view peer, std::string_view reason, bool admitted);
    /// The pump has ended and may be deleted, from outside of itself.
    void forget(Pump& pump);

private:
    /// A socket that nobody talks to any more.
    struct Leaving {
        explicit Leaving(boost::asio::ip::tcp::socket peer);
        void close();

        boost::asio::ip::tcp::socket socket;
        Timer limit{[this] { close(); }};
    };

    /// Sockets of strangers that were sent their last words in one turn.
    struct Parting {
        Instant until;
        std::vector<int> sockets;
    };

    boost::asio::awaitable<void> await_end(std::list<Leaving>::iterator one);
    void end_streams();
    void close_strangers();
    void close_first_strangers();
    void check_stopped();

    Shard& shard_;
    engine::ShardBroker& broker_;
    /// As much as clients send at a time.
    std::array<std::uint8_t, std::size_t{128} * 1024> scratch_;
    Intake intake_;  ///< outlives the pumps
    std::unordered_map<Pump*, std::unique_ptr<Pump>> pumps_;
    std::list<Leaving> leaving_;
    Lane& goodbyes_;
    std::vector<int> parting_;                     ///< strangers', of this turn
    std::deque<Parting> strangers_;                ///< of earlier ones
    std::atomic<std::size_t> strangers_count_{0};  ///< written by its shard alone
    Timer strangers_limit_{[this] { close_strangers(); }};
    Task stopped_;
    bool stopping_ = false;
};

}  // namespace tern::gateway
