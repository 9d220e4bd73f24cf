#pragma once

// How `Operations` asks shards and answers, for its sources.
#include "engine/operations.h"
#include "engine/shard_broker.h"

#include <memory>
#include <utility>
#include <vector>

namespace tern::engine {

template <class T>
void Operations::answer(broker::Reply<T> reply, T value) {
    post_([reply = std::move(reply), value = std::move(value)]() mutable {
        reply(std::move(value));
    });
}

template <class Part, class Whole>
void Operations::gather(const Part& part, Whole whole) {
    using Piece = std::invoke_result_t<const Part&, ShardBroker&>;
    struct Gathering {
        std::vector<Piece> pieces;
        std::size_t left;
        Whole whole;
    };
    const auto gathering =
        std::make_shared<Gathering>(std::vector<Piece>(), engine_.shards(), std::move(whole));
    for (std::size_t id = 0; id < engine_.shards(); ++id) {
        ShardBroker& shard = engine_.shard(ShardId{static_cast<std::uint16_t>(id)});
        shard.loop().deliver([this, &shard, part, gathering]() {
            post_([gathering, piece = part(shard)]() mutable {
                gathering->pieces.push_back(std::move(piece));
                if (--gathering->left == 0) gathering->whole(std::move(gathering->pieces));
            });
        });
    }
}

}  // namespace tern::engine
