#include "engine/presence.h"

#include "engine/shard_broker.h"

namespace tern::engine {
namespace {

bool is_private(const broker::Destination& destination) {
    return destination.name.starts_with('$') || destination.name.starts_with("ActiveMQ.Advisory.");
}

void tell(ShardBroker& shard, broker::Notice notice) {
    shard.ask(
        [notice = std::move(notice)](Catalog& catalog, CatalogAnswer answer) {
            catalog.announce(notice);
            answer({});
        },
        [](std::error_code) {});
}

}  // namespace

broker::Party party_of(const broker::Subscribe& command, std::string connection,
                       const broker::Destination& at) {
    return {.what = broker::Party::What::consumer,
            .name = command.name,
            .connection = std::move(connection),
            .number = command.consumer.value,
            .destination = at,
            .selector = command.selector,
            .subscription = command.subscription ? command.subscription->key.name : "",
            .credit = command.credit,
            .pending_max = command.pending_max,
            .priority = command.priority,
            .exclusive = command.exclusive,
            .browses = command.mode == broker::Subscribe::Mode::browse,
            .retroactive = command.retroactive};
}

void Presence::come(const broker::Party& party) {
    if (auto notice = observer_.notice(broker::Notice::What::begins, party)) {
        tell(shard_, std::move(*notice));
    }
}

void Presence::go(What what, std::uint32_t number, const broker::Destination& destination) {
    const broker::Party party{
        .what = what, .connection = connection_, .number = number, .destination = destination};
    if (auto notice = observer_.notice(broker::Notice::What::ends, party)) {
        tell(shard_, std::move(*notice));
    }
}

void Presence::go_all(What what, Destinations& known, std::uint32_t number) {
    const auto [first, last] = known.equal_range(number);
    for (auto it = first; it != last; ++it) go(what, number, it->second);
    known.erase(first, last);
}

void Presence::connected(std::string client_id, std::string user, std::string peer) {
    come({.what = What::connection,
          .connection = connection_,
          .client_id = std::move(client_id),
          .user = std::move(user),
          .peer = std::move(peer)});
}

void Presence::opened(const broker::Subscribe& command) {
    for (const broker::Destination& one : command.destinations) {
        if (is_private(one)) continue;
        consumers_.emplace(command.consumer.value, one);
        come(party_of(command, connection_, one));
    }
}

void Presence::closed(broker::ConsumerNumber consumer) {
    go_all(What::consumer, consumers_, consumer.value);
}

void Presence::add_producer(std::uint32_t number, const broker::Destination& to) {
    if (is_private(to)) return;
    producers_.emplace(number, to);
    come({.what = What::producer, .connection = connection_, .number = number, .destination = to});
}

void Presence::remove_producer(std::uint32_t number) {
    go_all(What::producer, producers_, number);
}

void Presence::disconnected() {
    while (!consumers_.empty()) go_all(What::consumer, consumers_, consumers_.begin()->first);
    while (!producers_.empty()) go_all(What::producer, producers_, producers_.begin()->first);
    go(What::connection, 0, {});
}

}  // namespace tern::engine
