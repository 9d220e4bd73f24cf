#include "server/errands.h"

#include "gateway/link.h"

#include <array>
#include <utility>
#include <vector>

namespace tern::server {

struct Errands::Trip {
    Trip(Errands& all, std::unique_ptr<amqp091::Errand> what, std::string peer,
         std::uint64_t number)
        : errand(std::move(what)),
          timer([this] { tick_by(link.tick()); }),
          shard(all.shard_),
          link(
              all.broker_, all.room_,
              gateway::Peer{.address = std::move(peer), .listener = kErrands},
              [&all, number] {
                  all.shard_.post(all.shard_.id(), [&all, number] { all.hear(number); });
              },
              [] {}, [this](std::int64_t at_ms) { tick_by(at_ms); }) {}

    void tick_by(std::int64_t at_ms) {
        if (timer.armed() && at_ms >= next_ms) return;
        next_ms = at_ms;
        shard.timers().arm(timer, Instant(Millis(at_ms)));
    }

    std::unique_ptr<amqp091::Errand> errand;
    ByteWriter said;
    std::vector<std::uint8_t> heard;
    Timer timer;
    std::int64_t next_ms = 0;
    Shard& shard;
    gateway::Link link;
};

Errands::Errands(Shard& shard, engine::ShardBroker& broker, const protocol::Room& room)
    : shard_(shard), broker_(broker), room_(room) {}

Errands::~Errands() {
    TERN_ASSERT(trips_.empty());
}

void Errands::run(std::unique_ptr<amqp091::Errand> errand, std::string peer) {
    shard_.deliver([this, errand = std::move(errand), peer = std::move(peer)]() mutable {
        begin(std::move(errand), std::move(peer));
    });
}

void Errands::begin(std::unique_ptr<amqp091::Errand> errand, std::string peer) {
    if (stopped_) return errand->ended();
    const std::uint64_t number = ++last_;
    Trip& trip = *trips_
                      .emplace(number, std::make_unique<Trip>(*this, std::move(errand),
                                                              std::move(peer), number))
                      .first->second;
    trip.link.start();
    trip.tick_by(trip.link.tick());
    trip.errand->start(trip.said);
    say(number);
}

void Errands::say(std::uint64_t number) {
    Trip& trip = *trips_.at(number);
    if (trip.said.empty()) return;
    const Bytes said = trip.said.bytes();
    const std::vector<std::uint8_t> bytes(said.begin(), said.end());
    trip.said.clear();
    trip.link.received(bytes);
}

void Errands::hear(std::uint64_t number) {
    const auto found = trips_.find(number);
    if (found == trips_.end()) return;
    Trip& trip = *found->second;
    std::array<Bytes, 16> views;
    while (const std::size_t count = trip.link.pending().gather(views)) {
        std::size_t bytes = 0;
        for (const Bytes view : std::span(views).first(count)) {
            trip.heard.insert(trip.heard.end(), view.begin(), view.end());
            bytes += view.size();
        }
        trip.link.written(bytes);
    }
    const std::size_t taken = trip.errand->receive(trip.heard, trip.said);
    trip.heard.erase(trip.heard.begin(), trip.heard.begin() + static_cast<std::ptrdiff_t>(taken));
    if (trip.errand->over() || trip.link.closing()) return end(number);
    say(number);
}

void Errands::end(std::uint64_t number) {
    const auto trip = trips_.extract(number);
    trip.mapped()->errand->ended();
    trip.mapped()->timer.cancel();
    trip.mapped()->link.end();
}

void Errands::stop() {
    stopped_ = true;
    while (!trips_.empty()) end(trips_.begin()->first);
}

}  // namespace tern::server
