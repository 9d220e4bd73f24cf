#pragma once

#include "dice.h"
#include "gateway/link.h"
#include "machine.h"

#include <deque>
#include <functional>

namespace tern::simulation {

/// One connection and both of its ends: bytes in pieces of any size, any delay, a reader that
/// stalls, an end at any moment. At the broker's end it stands in for the gateway's pump.
class Socket {
public:
    /// What the client and the oracle want to know. All but `heard` run at the broker's end.
    class Ends {
    public:
        virtual ~Ends() = default;
        /// The broker has put a frame into its output; what is returned runs when it arrives.
        virtual std::function<void()> said(Bytes frame) = 0;
        /// Everything the broker has been given is in effect.
        virtual void caught_up() = 0;
        /// Whether so much waits for the client that the broker holds back deliveries.
        virtual void clogged(bool is) = 0;
        /// The broker takes and says nothing more.
        virtual void lost() = 0;
    };

    /// `before_taking` runs each time before the broker is given bytes or is listened to.
    Socket(Machine& machine, ShardId shard, Ends& ends, std::function<void()> before_taking);
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    // ---- the client's end

    /// `taken` runs when the broker is given the last byte. What has to be given `alone` does not
    /// come in one piece with anything else: it is answered at once, and nobody could tell whether
    /// that was before or after what came with it.
    enum class Given { with_others, alone };
    void write(Bytes bytes, Given given, std::function<void()> taken);
    /// After all that was written.
    void close() { client_closed_ = true; }
    /// The client has turned to another connection; the broker does not know.
    void forsake() { forsaken_ = true; }
    /// The client's end is gone: nothing arrives there any more.
    [[nodiscard]] bool closed() const { return client_closed_ || ended_; }

    // ---- the network

    [[nodiscard]] bool busy() const;
    /// Something of what can happen happens.
    void move(Dice& dice);
    /// The connection is lost with all that is on its way.
    void cut();
    void stall(bool stalled);
    [[nodiscard]] bool stalled() const { return stalled_; }
    /// The broker has ended its side, and everything that could arrive has.
    [[nodiscard]] bool ended() const { return ended_ && arriving_.empty(); }

    // ---- the broker's end

    [[nodiscard]] ShardId shard() const { return shard_; }
    /// The broker takes and says nothing more.
    [[nodiscard]] bool lost() const { return lost_; }
    /// Notices that the session has closed, or was made to. What it had said counts as said.
    void watch();
    /// The process dies.
    void abandon();
    void shut_down() {
        if (link_ != nullptr && !ended_) link_->shut_down();
    }
    [[nodiscard]] std::size_t unsaid() { return link_->pending().size(); }

private:
    struct Taken {
        std::uint64_t end = 0;
        Given given = Given::with_others;
        std::function<void()> run;
    };
    struct Arriving {
        std::uint64_t end = 0;
        std::function<void()> run;
    };

    [[nodiscard]] std::size_t one_piece() const;
    void read(std::size_t bytes_max, bool in_place);
    void flush();
    void listen();
    void write_out(std::size_t bytes_max);
    void end();
    void tick();
    void tick_sooner(std::int64_t at_ms);
    void post(Task task);

    Machine& machine_;
    ShardId shard_;
    Ends& ends_;
    std::function<void()> before_taking_;
    bool client_closed_ = false;
    bool forsaken_ = false;
    bool stalled_ = false;
    bool cut_ = false;
    bool lost_ = false;
    bool ended_ = false;
    bool task_posted_ = false;

    std::vector<std::uint8_t> sending_;  ///< from the client, behind `taken_bytes_`
    std::deque<Taken> taking_;
    std::uint64_t taken_bytes_ = 0;

    std::vector<std::uint8_t> partial_;  ///< of a frame that the broker is saying
    std::uint64_t listened_ = 0;         ///< bytes of the output that were listened to
    std::uint64_t written_ = 0;          ///< bytes of the output that have left the broker
    std::deque<Arriving> arriving_;
    std::uint64_t arrived_ = 0;

    Timer ticker_;
    std::int64_t next_tick_ms_ = INT64_MAX;
    std::unique_ptr<gateway::Link> link_;
};

}  // namespace tern::simulation
