#pragma once

#include "engine/engine.h"
#include "gateway/link.h"
#include "journal/journal.h"
#include "runtime/sim/sim_disk.h"
#include "runtime/sim/sim_world.h"
#include "server/rooms.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tern::paths {

/// All of the broker but sockets and threads, on one shard and a simulated disk, with the rooms
/// of the daemon. What it does depends on what it is given alone.
class SimulatedBroker {
public:
    SimulatedBroker();
    ~SimulatedBroker();

    /// One connection: what its client has to send, and what the broker has said to it.
    class Connection {
    public:
        Connection(SimulatedBroker& broker, std::string_view protocol);
        ~Connection();
        Connection(const Connection&) = delete;
        Connection& operator=(const Connection&) = delete;

        std::string to_broker;
        std::string from_broker;

    private:
        friend class SimulatedBroker;
        void give();
        void flush();

        SimulatedBroker& broker_;
        std::unique_ptr<gateway::Link> link_;
    };

    /// Gives each connection what was sent on it, and lets the broker work until it is idle.
    void work(std::span<Connection* const> connections);
    /// The same, under a name of its own: callgrind counts what is done here and nowhere else.
    void work_counted(std::span<Connection* const> connections);

private:
    SimClock clock_;
    SimDisk disk_;
    SimWorld world_{1, 1, clock_};
    journal::Journal journal_;
    store::Segments segments_;
    store::Store store_;
    server::Options options_;
    message::Formats formats_;
    server::Rooms rooms_;
    engine::Engine engine_;
};

}  // namespace tern::paths
