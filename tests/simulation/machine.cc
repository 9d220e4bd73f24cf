#include "machine.h"

namespace tern::simulation {

KeyRing data_keys() {
    SeededRandom random(1);
    KeyRing ring;
    ring.add(random);
    return ring;
}

Machine::Machine(SimDisk& disk, SimClock& clock, Options options)
    : options_(std::move(options)),
      random_(options_.seed),
      sealed_(disk, data_keys(), random_),
      world_(options_.seed, options_.shards, clock),
      room_(options_.openwire, formats_),
      advisories_(room_.options(), formats_) {
    formats_.add(Format::openwire, room_.reader());
    Lane& writer = world_.make_lane();
    Disk& files = options_.sealed ? static_cast<Disk&>(sealed_) : disk;
    journal_ =
        std::make_unique<journal::Journal>(files, writer, world_.make_lane(), options_.journal);
    segments_ = std::make_unique<store::Segments>(files, world_.make_lane(), options_.segments);
    if (options_.large) {
        large_files_ = std::make_unique<store::LargeFiles>(
            files, world_.make_lane(), store::LargeOptions{.first_id = options_.seed});
    }
    store_ = std::make_unique<store::Store>(*journal_, *segments_, large_files_.get());
    std::vector<Loop*> loops;
    loops.reserve(options_.shards);
    for (std::uint16_t id = 0; id < options_.shards; ++id) {
        loops.push_back(&world_.loop(ShardId{id}));
    }
    engine_ = std::make_unique<engine::Engine>(
        std::move(loops), *store_, formats_, &advisories_, [this] { storage_failed_ = true; },
        options_.engine);
}

Machine::~Machine() {
    world_.drop_tasks();
    engine_.reset();
    store_.reset();
    large_files_.reset();
    segments_.reset();
    journal_.reset();
}

Result<void> Machine::start() {
    const auto recovered = engine_->recover();
    if (!recovered) return failure(recovered.error());
    world_.loop(ShardId{0}).deliver([this] { engine_->start(); });
    return {};
}

Machine::Content Machine::content(const broker::DestinationView& queue) {
    const auto route = engine_->shard(ShardId{0}).table().route(queue);
    return route.empty() ? Content() : content(*route.front());
}

Machine::Content Machine::content(const broker::SubscriptionKey& subscription) {
    const auto found = engine_->shard(ShardId{0}).table().find(subscription);
    return found == nullptr ? Content() : content(*found);
}

Machine::Content Machine::content(const broker::QueueInfo& info) {
    Content content;
    const auto read = [this](const broker::PageIn& one) {
        return segments_->set().get({&one, 1}, 1).at(0);
    };
    engine_->shard(info.owner).on_queue(info, [&](broker::Queue& q) {
        content = {.exists = true, .ready = q.ready(), .messages = q.content(read)};
    });
    return content;
}

}  // namespace tern::simulation
