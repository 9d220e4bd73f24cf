#pragma once

#include "load/board.h"
#include "load/histogram.h"
#include "load/protocol.h"

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tern::load {

/// What a worker has found out beside its tally.
struct Findings {
    Histogram latency{};
    Histogram confirming{};
    Histogram connects{};
    /// Sums over what was sent and received that do not depend on the order: equal, if each message
    /// came as often as it should.
    std::uint64_t sent_mix = 0;
    std::uint64_t received_mix = 0;
    std::uint64_t out_of_order = 0;
    std::uint64_t foreign = 0;
};

/// One thread that reads and writes the sockets of its share of the clients. It does what the
/// board's phase says, and fails the board when a broker breaks off or refuses.
class Worker {
public:
    /// `index`: of the board's tallies; of as many clients as there are tallies it has one.
    Worker(Board& board, int index);
    ~Worker();

    void start();
    /// After the phase `leaving`, or when the board has failed.
    void join() { thread_.join(); }
    /// After `join`.
    [[nodiscard]] const Findings& findings() const { return findings_; }

private:
    struct Peer;
    enum class Role : std::uint8_t { idle, subscriber, publisher, storming };
    struct Failure {
        std::string why;
    };

    void run();
    void enter(Phase phase);
    void connect_share(Role role, int all);
    void connect_more();
    Peer& add(Role role, int number);
    void open(Peer& peer);
    void leave();
    void turn();
    void read(Peer& peer);
    void take(Peer& peer, std::int64_t now_ns);
    void handle(Peer& peer, Event event, std::int64_t now_ns);
    void on_connected(Peer& peer, std::int64_t now_ns);
    void on_message(Peer& peer, std::int64_t now_ns);
    void on_confirmed(Peer& peer, std::int64_t now_ns);
    void write(Peer& peer);
    void publish_all();
    void publish(Peer& peer, std::int64_t& room);
    void publish_one(Peer& peer, std::int64_t due_ns);
    [[nodiscard]] std::int64_t room() const;
    [[nodiscard]] bool may_publish(const Peer& peer) const;
    void end_transactions();
    void tell_interval(std::int64_t now_ns);

    Board& board_;
    const Settings& settings_;
    const int index_;
    Tally& tally_;
    const int poll_;
    std::thread thread_;
    std::deque<Peer> peers_;
    std::vector<Peer*> publishers_;
    std::vector<char> scratch_;
    Findings findings_;
    /// How long messages took that came in the present interval.
    Histogram recent_;
    std::size_t interval_ = 0;
    Phase phase_ = Phase::waiting;
    bool measuring_ = false;
    // Of the phase in which clients connect.
    Role joining_ = Role::idle;
    int next_ = 0;        ///< number of the next client of ours
    int last_ = 0;        ///< there are so many of all workers
    int connecting_ = 0;  ///< on their way
    /// When the next message is due, of those that wait for nothing else.
    std::int64_t due_ns_ = 0;
};

}  // namespace tern::load
