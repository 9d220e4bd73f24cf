#include "gateway/residents.h"

#include <algorithm>

namespace tern::gateway {
namespace {

/// How many begin in one turn of the shard.
constexpr std::size_t kAtOnce = 256;

}  // namespace

/// Of those who only look around.
class Residents::Deaf final : public broker::Listener {
public:
    void completed(broker::Token, std::error_code) override {}
    void deliver(broker::ConsumerNumber, const broker::QueueInfo&,
                 std::span<const broker::Delivery>) override {}
    void browsed(broker::ConsumerNumber, const broker::QueueInfo&,
                 std::span<const broker::Delivery>, bool) override {}
    void evicted(broker::ConnectionEnd) override {}
};

struct Residents::Resident {
    Resident(Residents& all, const protocol::Room& room, const std::string& name,
             std::uint64_t number)
        : timer([this] { tick_by(link.tick()); }),
          shard(all.shard_),
          link(
              all.broker_, room, Peer{.address = name}, [] {},
              [&all, number] { all.look_at(number); },
              [this](std::int64_t at_ms) { tick_by(at_ms); }, name) {}

    void tick_by(std::int64_t at_ms) {
        if (timer.armed() && at_ms >= next_ms) return;
        next_ms = at_ms;
        shard.timers().arm(timer, Instant(Millis(at_ms)));
    }

    Timer timer;
    std::int64_t next_ms = 0;
    Shard& shard;
    Link link;
};

Residents::Residents(Shard& shard, engine::ShardBroker& broker)
    : shard_(shard), broker_(broker), deaf_(std::make_unique<Deaf>()) {}

Residents::~Residents() {
    TERN_ASSERT(residents_.empty());
}

void Residents::start(const protocol::Room& room) {
    engine::Connection& connection = broker_.connect(*deaf_);
    connection.hide();
    looking_.push_back(connection.number());
    room.find_residents(
        connection, [this, &room, number = connection.number()](std::vector<std::string> names) {
            for (std::string& name : names) waiting_.emplace_back(&room, std::move(name));
            // Outside of the connection's own call.
            shard_.at_turn_end([this, number] {
                if (std::erase(looking_, number) > 0) broker_.disconnect(number);
                start_some();
            });
        });
}

void Residents::start_some() {
    for (std::size_t i = 0; i < kAtOnce && !waiting_.empty(); ++i) {
        const auto [room, name] = std::move(waiting_.front());
        waiting_.pop_front();
        begin(*room, name);
    }
    if (waiting_.empty()) return;
    shard_.post(shard_.id(), [this] { start_some(); });
}

void Residents::begin(const protocol::Room& room, const std::string& name) {
    const std::uint64_t number = ++last_;
    Resident& resident =
        *residents_.emplace(number, std::make_unique<Resident>(*this, room, name, number))
             .first->second;
    resident.link.start();
    if (resident.link.lingers()) {
        resident.tick_by(resident.link.tick());
    } else {
        look_at(number);
    }
}

void Residents::look_at(std::uint64_t number) {
    shard_.at_turn_end([this, number] {
        const auto found = residents_.find(number);
        if (found == residents_.end() || found->second->link.lingering()) return;
        found->second->timer.cancel();
        found->second->link.end();
        residents_.erase(found);
        check_stopped();
    });
}

void Residents::stop(Task done) {
    stopping_ = true;
    stopped_ = std::move(done);
    waiting_.clear();
    for (const broker::ConnectionNumber one : std::exchange(looking_, {})) broker_.disconnect(one);
    for (const auto& [number, resident] : residents_) resident->link.shut_down();
    check_stopped();
}

void Residents::check_stopped() {
    if (stopping_ && residents_.empty() && stopped_) std::exchange(stopped_, nullptr)();
}

}  // namespace tern::gateway
