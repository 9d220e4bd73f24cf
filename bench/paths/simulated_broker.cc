#include "simulated_broker.h"

#include "base/assert.h"

#include <algorithm>
#include <array>

namespace tern::paths {
namespace {

constexpr ShardId kShard{0};
/// As much as a pump reads at a time.
constexpr std::size_t kReadBytes = std::size_t{64} * 1024;

journal::Options journal_options() {
    journal::Options options;
    options.id = 1;
    return options;
}

}  // namespace

SimulatedBroker::SimulatedBroker()
    : journal_(disk_, world_.make_lane(), world_.make_lane(), journal_options()),
      segments_(disk_, world_.make_lane(), {}),
      store_(journal_, segments_),
      rooms_(server::make_rooms(options_, formats_)),
      engine_({&world_.loop(kShard)}, store_, formats_, nullptr,
              [] { TERN_ASSERT(!"the disk failed"); }) {
    const auto recovered = engine_.recover();
    TERN_ASSERT(recovered.has_value());
    world_.loop(kShard).deliver([this] { engine_.start(); });
    world_.run_until_idle();
}

SimulatedBroker::~SimulatedBroker() {
    world_.drop_tasks();
}

void SimulatedBroker::work(std::span<Connection* const> connections) {
    for (Connection* const one : connections) {
        if (one->to_broker.empty()) continue;
        world_.loop(kShard).post(kShard, [one] { one->give(); });
    }
    world_.run_until_idle();
}

[[gnu::noipa]] void SimulatedBroker::work_counted(std::span<Connection* const> connections) {
    work(connections);
}

SimulatedBroker::Connection::Connection(SimulatedBroker& broker, std::string_view protocol)
    : broker_(broker) {
    const auto rooms = server::rooms_for(protocol, broker_.rooms_);
    TERN_ASSERT(rooms.size() == 1);
    link_ = std::make_unique<gateway::Link>(
        broker_.engine_.shard(kShard), *rooms.front(), gateway::Peer{.address = "127.0.0.1:1"},
        [this] { flush(); }, [] {}, [](std::int64_t) {});
    broker_.world_.loop(kShard).deliver([this] { link_->start(); });
    broker_.world_.run_until_idle();
}

SimulatedBroker::Connection::~Connection() {
    broker_.world_.loop(kShard).deliver([this] { link_->end(); });
    broker_.world_.run_until_idle();
}

/// As a pump reads: into the link's own memory if it offers some.
void SimulatedBroker::Connection::give() {
    Bytes rest = as_bytes(to_broker);
    while (!rest.empty() && link_->readable()) {
        const std::span<std::uint8_t> space = link_->space();
        const std::size_t room = space.empty() ? kReadBytes : space.size();
        const Bytes read = rest.first(std::min(rest.size(), room));
        rest = rest.subspan(read.size());
        if (space.empty()) {
            link_->received(read);
        } else {
            std::ranges::copy(read, space.begin());
            link_->filled(read.size());
        }
    }
    to_broker.erase(0, to_broker.size() - rest.size());
}

void SimulatedBroker::Connection::flush() {
    std::array<Bytes, 64> pieces;
    while (!link_->pending().empty()) {
        std::size_t bytes = 0;
        const std::size_t count = link_->pending().gather(pieces);
        for (const Bytes piece : std::span(pieces).first(count)) {
            from_broker += as_text(piece);
            bytes += piece.size();
        }
        link_->written(bytes);
    }
}

}  // namespace tern::paths
