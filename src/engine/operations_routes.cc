#include "engine/operations_gather.h"

namespace tern::engine {

void Operations::list_routes(std::optional<std::string> vhost,
                             broker::Reply<broker::Routes> reply) {
    ShardBroker& first = engine_.shard(ShardId{0});
    first.loop().deliver(
        [this, &first, vhost = std::move(vhost), reply = std::move(reply)]() mutable {
            const broker::Topology& topology = first.topology();
            const auto vhosts = vhost ? std::vector{*vhost} : topology.vhosts();
            broker::Routes routes;
            for (const std::string& one : vhosts) {
                for (broker::Exchange& exchange : topology.exchanges(one)) {
                    std::ranges::move(topology.from(one, exchange.name),
                                      std::back_inserter(routes.bindings));
                    routes.exchanges.push_back(std::move(exchange));
                }
            }
            answer(std::move(reply), std::move(routes));
        });
}

void Operations::remove_vhost(std::string vhost, broker::Reply<std::error_code> reply) {
    ShardBroker& first = engine_.shard(ShardId{0});
    first.loop().deliver(
        [this, &first, vhost = std::move(vhost), reply = std::move(reply)]() mutable {
            first.catalog().remove_vhost(
                vhost, [this, reply = std::move(reply)](std::error_code error) mutable {
                    answer(std::move(reply), error);
                });
        });
}

}  // namespace tern::engine
