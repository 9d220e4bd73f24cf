#pragma once

#include "gateway/link.h"
#include "runtime/shard.h"
#include "runtime/timer_wheel.h"

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

namespace tern::gateway {

/// The sessions without peers of all rooms.
///
/// Runs on: the shard it is made for, but for the constructor and destructor.
class Residents {
public:
    Residents(Shard& shard, engine::ShardBroker& broker);
    ~Residents();

    /// Starts those of a room: some at once, the others in the turns that follow.
    void start(const protocol::Room& room);
    /// Ends them; `done` runs when the last one has ended.
    void stop(Task done);

private:
    struct Resident;
    class Deaf;

    void start_some();
    void begin(const protocol::Room& room, const std::string& name);
    /// It may have ended: looked at outside of its own calls.
    void look_at(std::uint64_t number);
    void check_stopped();

    Shard& shard_;
    engine::ShardBroker& broker_;
    std::unique_ptr<Deaf> deaf_;
    std::vector<broker::ConnectionNumber> looking_;  ///< for who there is
    std::deque<std::pair<const protocol::Room*, std::string>> waiting_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Resident>> residents_;
    std::uint64_t last_ = 0;
    Task stopped_;
    bool stopping_ = false;
};

}  // namespace tern::gateway
