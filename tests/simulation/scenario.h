#pragma once

#include "client.h"
#include "machine.h"
#include "rot.h"
#include "uploader.h"

#include <memory>
#include <vector>

namespace tern::simulation {

/// One run from one seed: a broker lives, crashes and recovers several times while clients come and
/// go; then everything left is consumed.
class Scenario {
public:
    struct Kind {
        bool sealed = false;   ///< the broker's store is encrypted
        bool large = false;    ///< some clients send bodies that lie in files of their own
        bool groups = false;   ///< most messages belong to message groups
        bool durable = false;  ///< there are clients with durable subscriptions
        bool rot = false;      ///< bits flip while the broker is away
    };
    Scenario(std::uint64_t seed, Kind kind, Trace& trace);
    ~Scenario();

    /// Ends early at the first violation.
    void run();
    [[nodiscard]] std::size_t crashes() const { return crashes_; }

private:
    void start();
    void live();
    void step();
    void act();
    /// With a durable subscription, or none.
    void add_client(const std::optional<Place>& subscription);
    void lose_connection();
    void reconnect(Client& client);
    void begin_disk_trouble();
    /// Everything that can happen without the network does, and is compared with what should be.
    void settle();
    void idle_check();
    void end_life();
    void stop_cleanly();
    void die();
    void drain();
    [[nodiscard]] Ledger::Contents contents(bool temporary_too,
                                            std::map<std::string, std::size_t>* ready);
    [[nodiscard]] Machine::Content content(const Place& place);
    /// Asks why, if a message could not be read.
    void check_readable();
    void watch();
    void exchange_everything();
    void connect(Client& client);
    void connect(Uploader& uploader);

    Trace& trace_;
    Dice dice_;
    const std::size_t file_bytes_;
    Places places_;
    Oracle oracle_;
    SimDisk disk_;
    SimClock clock_;
    Rot rot_;
    Machine::Options options_;
    std::size_t steps_max_ = 0;
    std::size_t clients_max_ = 0;
    bool troubles_ = false;
    bool groups_ = false;
    bool rots_ = false;
    bool unreadable_ = false;
    std::size_t body_bytes_max_ = 200;

    std::unique_ptr<Machine> machine_;
    std::vector<std::unique_ptr<Uploader>> uploaders_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<std::unique_ptr<Conversation>> left_;  ///< nobody talks there any more
    std::vector<std::unique_ptr<Client>> gone_;        ///< the broker may still answer them
    std::size_t last_client_ = 0;
    std::size_t crashes_ = 0;
};

}  // namespace tern::simulation
