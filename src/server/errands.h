#pragma once

#include "engine/engine.h"
#include "protocol/amqp091/errand.h"
#include "protocol/room.h"
#include "runtime/shard.h"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace tern::server {

/// By this name operators see the connections of errands to have come in.
inline constexpr const char* kErrands = "management";

/// Runs errands over connections that have no socket.
///
/// Runs on: the shard it is made for, but for the constructor, the destructor and `run`.
class Errands {
public:
    /// All outlive this object.
    Errands(Shard& shard, engine::ShardBroker& broker, const protocol::Room& room);
    ~Errands();

    /// From any thread. `peer`: the address of whoever asked for it.
    void run(std::unique_ptr<amqp091::Errand> errand, std::string peer);
    /// Breaks off what is under way; nothing begins any more.
    void stop();

private:
    struct Trip;

    void begin(std::unique_ptr<amqp091::Errand> errand, std::string peer);
    /// Hands over what the errand says.
    void say(std::uint64_t number);
    /// Hands over what it is answered, outside of the connection's own calls.
    void hear(std::uint64_t number);
    void end(std::uint64_t number);

    Shard& shard_;
    engine::ShardBroker& broker_;
    const protocol::Room& room_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Trip>> trips_;
    std::uint64_t last_ = 0;
    bool stopped_ = false;
};

}  // namespace tern::server
