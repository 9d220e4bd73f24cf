#pragma once

#include "bench/wire/protocol.h"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tern::load {

struct Plan {
    int port = 0;
    int publishers = 0;
    int subscribers = 0;
    int idle = 0;        ///< connections that do nothing more
    bool queue = false;  ///< each message comes to one subscriber, not to all
    bool confirmed = false;
    int window = 20;   ///< unconfirmed messages of a publisher
    long ahead = 500;  ///< messages that have not come to each subscriber yet
    double pace = 0;   ///< messages a second of all publishers; 0: as fast as it goes
    double warm_up_s = 1;
    double seconds = 5;
    int broker_pid = 0;
    std::function<std::unique_ptr<Protocol>()> make_protocol;
};

/// One thread that reads and writes all clients' sockets. Ends the program when a broker breaks
/// off or refuses.
class Load {
public:
    explicit Load(Plan plan);
    ~Load();

    /// Runs it, and prints what it measured as a line of JSON.
    void run();

private:
    struct Peer;
    struct Mark;

    void connect_all();
    void connect_idle();
    Peer& add(const std::string& name, bool publishes, bool subscribes);
    void turn(int timeout_ms);
    void read(Peer& peer);
    void handle(Peer& peer, Event event);
    void write(Peer& peer);
    void publish(Peer& peer);
    [[nodiscard]] Mark mark() const;

    Plan plan_;
    int poll_;
    std::deque<Peer> peers_;
    std::vector<char> scratch_;
    int connected_ = 0;
    int subscribed_ = 0;
    bool publishing_ = false;
    /// How many the pace lets be sent now.
    [[nodiscard]] long due() const;
    std::chrono::steady_clock::time_point publishing_since_;
    /// Where they are few enough: when those were sent that have not come yet, and how long others
    /// took.
    std::deque<std::chrono::steady_clock::time_point> under_way_;
    std::vector<double> took_;
    long sent_ = 0;
    long confirmed_ = 0;
    long received_ = 0;
};

}  // namespace tern::load
