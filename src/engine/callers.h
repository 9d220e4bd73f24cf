#pragma once

#include "broker/api/callers.h"
#include "engine/engine.h"

#include <map>
#include <memory>
#include <tuple>

namespace tern::engine {

/// `broker::Callers` over connections of the broker's own on the first shard: one for each consumer
/// that somebody may come back to.
class Callers final : public broker::Callers {
public:
    /// How many may come back, and for how long a consumer waits for that.
    static constexpr std::size_t kVisitsMax = 1000;
    static constexpr std::int64_t kIdleMs = std::int64_t{10} * 60 * 1000;

    /// Runs a task on the thread that calls; from any thread.
    using Post = std::function<void(Task)>;

    /// `engine` outlives this object, and this the shards' threads.
    Callers(Engine& engine, Post post);
    ~Callers() override;
    /// Ends all consumers; who waits is told so. Runs on: the first shard.
    void stop();

    void receive(broker::Reception what, broker::Reply<Result<MessagePtr>> reply) override;
    void dismiss(std::string caller, broker::Reply<bool> reply) override;
    void make_subscription(broker::NamedSubscription subscription, broker::Destination topic,
                           broker::Reply<std::error_code> reply) override;

private:
    class Visit;
    class Maker;
    /// Caller, destination and selector; nobody's have a number of their own, too.
    using Key = std::tuple<std::string, std::string, std::string, std::uint64_t>;

    template <class T>
    void answer(broker::Reply<T> reply, T value);
    void begin(broker::Reception what, broker::Reply<Result<MessagePtr>> reply);
    /// Outside of the connection's own calls.
    void end_later(const Key& key);

    Engine& engine_;
    Post post_;
    // What follows belongs to the first shard.
    std::map<Key, std::shared_ptr<Visit>> visits_;
    std::map<std::uint64_t, std::unique_ptr<Maker>> makers_;
    std::uint64_t last_ = 0;
    bool stopped_ = false;
};

}  // namespace tern::engine
