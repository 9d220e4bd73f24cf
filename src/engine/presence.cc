#include "engine/presence.h"

#include "engine/shard_broker.h"

#include <algorithm>
#include <memory>

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

broker::NoticeSubjectPtr Presence::come(const broker::PartyPtr& party) {
    auto subject = observer_.subject(party);
    if (subject != nullptr) {
        tell(shard_, {.what = broker::Notice::What::begins, .about = subject});
    }
    return subject;
}

void Presence::come(const broker::PartyPtr& party, Numbered& known) {
    auto subject = come(party);
    if (subject == nullptr) return;
    const auto place = std::ranges::upper_bound(known, party->number, {}, &Known::number);
    known.insert(place, {.number = party->number, .subject = std::move(subject)});
}

void Presence::go(broker::NoticeSubjectPtr subject) {
    tell(shard_, {.what = broker::Notice::What::ends, .about = std::move(subject)});
}

void Presence::go(Numbered& known, std::uint32_t number) {
    const auto gone = std::ranges::equal_range(known, number, {}, &Known::number);
    for (Known& one : gone) go(std::move(one.subject));
    known.erase(gone.begin(), gone.end());
}

void Presence::go_all(Numbered& known) {
    for (Known& one : std::exchange(known, {})) go(std::move(one.subject));
}

void Presence::connected(std::string client_id, std::string user, std::string peer) {
    self_ =
        come(std::make_shared<const broker::Party>(broker::Party{.what = What::connection,
                                                                 .connection = connection_,
                                                                 .client_id = std::move(client_id),
                                                                 .user = std::move(user),
                                                                 .peer = std::move(peer)}));
}

void Presence::opened(const broker::Subscribe& command, const broker::PartyPtr& first) {
    for (const broker::Destination& one : command.destinations) {
        if (is_private(one)) continue;
        const bool told = &one == &command.destinations.front();
        come(told ? first
                  : std::make_shared<const broker::Party>(party_of(command, connection_, one)),
             consumers_);
    }
}

void Presence::closed(broker::ConsumerNumber consumer) {
    go(consumers_, consumer.value);
}

void Presence::add_producer(std::uint32_t number, const broker::Destination& to) {
    if (is_private(to)) return;
    come(std::make_shared<const broker::Party>(broker::Party{.what = What::producer,
                                                             .connection = connection_,
                                                             .number = number,
                                                             .destination = to}),
         producers_);
}

void Presence::remove_producer(std::uint32_t number) {
    go(producers_, number);
}

void Presence::disconnected() {
    go_all(consumers_);
    go_all(producers_);
    if (self_ != nullptr) go(std::exchange(self_, nullptr));
}

}  // namespace tern::engine
